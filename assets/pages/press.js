// A button of which only the name is known says that it was pressed; of several alike, one is chosen.
const pressable = [...document.querySelectorAll("button[data-press]")];
for (const button of pressable) {
  button.addEventListener("click", () => {
    const group = button.dataset.press;
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const other of pressable.filter((one) => one === button || (group && one.dataset.press === group))) {
      other.setAttribute("aria-pressed", String(on && other === button));
      other.nextElementSibling.textContent = "";
    }
    if (on) button.nextElementSibling.textContent = group ? "This is your choice." : "Pressed. Nothing is connected to it yet.";
  });
}
