// A form stays on its page, and says what is missing or that it was understood.
for (const form of document.querySelectorAll("form[data-sends]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const empty = [...form.querySelectorAll("input, textarea")].find((field) => field.type !== "checkbox" && field.type !== "radio" && !field.value.trim());
    const name = empty && (empty.closest("label")?.textContent.trim() || empty.getAttribute("aria-label"));
    form.querySelector("output[data-said]").textContent = empty ? `Still empty: ${name || "one field"}` : "Thank you. This page is a draft: nothing was sent.";
    empty?.focus();
  });
}
