// The button looks at what was chosen. Without a known right answer any choice shows what is written there.
for (const button of document.querySelectorAll("button[data-quiz]")) {
  const said = button.nextElementSibling;
  const feedback = document.getElementById(button.getAttribute("aria-controls"));
  const choices = [...document.querySelectorAll("input[type=radio]")].filter((choice) => choice.name === button.dataset.quiz);
  const known = choices.some((choice) => "right" in choice.dataset);
  button.addEventListener("click", () => {
    const chosen = choices.find((choice) => choice.checked);
    const right = chosen && (!known || "right" in chosen.dataset);
    if (feedback) feedback.hidden = !right;
    said.textContent = !chosen ? "Choose an answer first." : !right ? "Not quite. Try another one." : feedback ? "" : "Thank you.";
  });
}
