// A button shows the places that it controls, and hides them again.
for (const button of document.querySelectorAll("button[data-reveals]")) {
  const places = button.getAttribute("aria-controls").split(" ").map((id) => document.getElementById(id)).filter(Boolean);
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    for (const place of places) place.hidden = !open;
  });
}
