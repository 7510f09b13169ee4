// A form stays on its page, and says what is missing or that it was understood.
for (const form of document.querySelectorAll("form[data-sends]")) {
  const fields = [...form.querySelectorAll("input, textarea")].filter((field) => field.type !== "checkbox" && field.type !== "radio");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = fields.find((field) => !field.value.trim() || !field.checkValidity());
    const name = wrong && (wrong.closest("label")?.textContent.trim() || wrong.getAttribute("aria-label"));
    form.querySelector("output[data-said]").textContent = !wrong
      ? "Thank you. This page is a draft: nothing was sent."
      : `${wrong.value.trim() ? "Not quite right yet" : "Still empty"}: ${name}`;
    wrong?.focus();
  });
}
