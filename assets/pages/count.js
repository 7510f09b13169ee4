// Buttons that count up and down, or begin anew.
for (const button of document.querySelectorAll("button[data-step]")) {
  const number = document.getElementById(button.getAttribute("aria-controls"));
  const first = number.textContent;
  button.addEventListener("click", () => {
    const step = Number(button.dataset.step);
    number.textContent = step ? String(Number(number.textContent) + step) : first;
  });
}
