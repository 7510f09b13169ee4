// What is typed joins the list; what is done is struck through; the count follows. It is kept for next time.
for (const form of document.querySelectorAll("form[data-adds]")) {
  const list = document.getElementById(form.dataset.adds);
  const field = form.querySelector("input, textarea");
  const count = document.querySelector("[data-count]");
  const kept = "list:" + document.title + ":" + list.textContent.replace(/\s+/g, " ");

  const entries = () => [...list.querySelectorAll("li")].map((item) => [item.textContent.trim(), !!item.querySelector("input:checked")]);
  const tell = () => {
    const left = entries().filter(([, done]) => !done).length;
    if (count) count.textContent = count.textContent.replace(/^\d+/, left);
  };
  const keep = () => {
    tell();
    try { localStorage.setItem(kept, JSON.stringify(entries())); } catch { /* not kept, and still usable */ }
  };
  const add = (words, done) => {
    const item = document.createElement("li");
    const label = item.appendChild(document.createElement("label"));
    label.className = "choice";
    const box = label.appendChild(document.createElement("input"));
    box.type = "checkbox";
    box.checked = done;
    label.appendChild(document.createElement("span")).textContent = words;
    list.append(item);
  };

  let before = null;
  try { before = JSON.parse(localStorage.getItem(kept)); } catch { /* nothing was kept */ }
  if (Array.isArray(before)) {
    list.replaceChildren();
    for (const [words, done] of before) add(String(words), done === true);
    tell();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = field.value.trim();
    if (words) {
      add(words, false);
      field.value = "";
      keep();
    }
    field.focus();
  });
  list.addEventListener("change", keep);
}
