// Keys write a sum; "=" works it out, multiplication and division first.
{
  const display = document.querySelector(".display");
  const signs = { "×": "*", "x": "*", "X": "*", "÷": "/", ":": "/", "−": "-", "–": "-", ",": "." };
  let sum = display.textContent.trim();
  let done = true; // what is shown is a result: a digit begins anew

  const work = (text) => {
    const tokens = text.match(/\d+(?:\.\d*)?|\.\d+|[-+*/]/g) ?? [];
    let at = 0;
    const number = () => {
      const token = tokens[at++];
      if (token === "-") return -number();
      return token === undefined ? NaN : Number(token);
    };
    const product = () => {
      let value = number();
      while (tokens[at] === "*" || tokens[at] === "/") value = tokens[at++] === "*" ? value * number() : value / number();
      return value;
    };
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") value = tokens[at++] === "+" ? value + product() : value - product();
    return value;
  };
  const press = (words) => {
    const key = signs[words] ?? words;
    if (/^(c|ac|ce|clear)$/i.test(key)) {
      sum = "";
      done = false;
    } else if (/^(del|←|⌫)$/i.test(key)) {
      sum = sum.slice(0, -1);
    } else if (key === "=") {
      const value = sum === "" ? 0 : work(sum.replace(/[-+*/]+$/, ""));
      sum = Number.isFinite(value) ? String(Number(value.toPrecision(12))) : "";
      done = true;
      display.textContent = Number.isFinite(value) ? sum : "That cannot be divided";
      return;
    } else if (/^[-+*/]$/.test(key)) {
      sum = /[-+*/]$/.test(sum) ? sum.slice(0, -1) + key : sum || key === "-" ? sum + key : "";
      done = false;
    } else if (/^[\d.]+$/.test(key)) {
      sum = (done ? "" : sum) + key;
      done = false;
    }
    display.textContent = sum.replace(/\*/g, "×").replace(/\//g, "÷").replace(/-/g, "−") || "0";
  };
  for (const button of document.querySelectorAll("button[data-key]")) button.addEventListener("click", () => press(button.dataset.key));
  document.addEventListener("keydown", (event) => {
    const key = { Enter: "=", Escape: "C", Backspace: "del" }[event.key] ?? event.key;
    if (event.target.tagName === "BUTTON" && (event.key === "Enter" || event.key === " ")) return;
    if (/^([\d.,=+*/-]|C|del)$/.test(key) && !event.ctrlKey && !event.metaKey) press(key);
  });
}
