// What `ui/page_trial.py` asks of a page, in a world of its own: the page's scripts can neither see nor change it.
(() => {
  const FIELDS = "input, textarea, [contenteditable=''], [contenteditable=true]";
  const NOT_TEXT = new Set(["button", "submit", "reset", "checkbox", "radio", "file", "image", "hidden", "range", "color"]);
  const PRESSED = "button, input[type=button], input[type=submit], input[type=reset], summary, a, [role=button], [onclick]";
  const MARKS = {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-"};

  // Words as they are compared: without their spaces, case and kinds of quotation marks.
  const plain = text => text.normalize("NFKC").replace(/[“”„‘’–—−]/g, mark => MARKS[mark]).replace(/\s+/g, "").toLowerCase();

  const seen = element => {
    if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true})) return false;
    const box = element.getBoundingClientRect();
    return getComputedStyle(element).display === "contents" || (box.width > 0 && box.height > 0 && box.right > 0 && box.bottom + scrollY > 0);
  };

  const own = field => field.isContentEditable ? field.textContent : field.value;
  const written = () => [...document.querySelectorAll(FIELDS)].filter(field => !NOT_TEXT.has(field.type) && seen(field));

  // What can be read, a block of text a line: text in one block belongs together, whatever marks it up.
  const lines = () => {
    const found = [];
    let last = null;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, parent = node.parentElement;
      if (!node.data.trim() || /^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE|TEXTAREA)$/.test(parent.tagName) || !seen(parent)) continue;
      let block = parent;
      while (/^(inline|contents)$/.test(getComputedStyle(block).display) && block.parentElement) block = block.parentElement;
      if (block === last) found[found.length - 1] += node.data;
      else found.push(node.data);
      last = block;
    }
    for (const field of document.querySelectorAll("input, textarea, select, output"))
      if (seen(field)) found.push(field.selectedOptions ? [...field.selectedOptions].map(o => o.text).join() : own(field) || field.placeholder || "");
    return found.map(plain).filter(Boolean);
  };

  const shows = text => {
    const wanted = plain(text), found = lines();
    // Short words are looked for whole: "12" stands in the keys 1 and 2 of a calculator too. Long ones may be a
    // part of more, or be broken into blocks.
    return wanted.length < 4 ? found.includes(wanted) : found.some(line => line.includes(wanted)) || found.join("").includes(wanted);
  };

  const label = element => element.innerText || element.value || element.getAttribute("aria-label") || element.title || "";
  const called = words => {
    const wanted = plain(words);
    const all = [...document.querySelectorAll(PRESSED)].filter(seen);
    const same = all.filter(element => plain(label(element)) === wanted);
    if (same.length) return same;
    const labels = [...document.querySelectorAll("label")].filter(element => seen(element) && plain(element.innerText) === wanted);
    if (labels.length) return labels;
    // A drawing beside the words, or an emoji that a model added.
    return all.filter(element => plain(label(element)).includes(wanted) && plain(label(element)).length <= wanted.length + 4);
  };

  const click = (words, nth) => {
    const found = called(words);
    (found[nth] ?? null)?.click();
    return found.length > nth;
  };

  const put = (field, words) => {
    field.focus();
    if (field.isContentEditable || !/^(date|time|number|month|week|datetime-local)$/.test(field.type)) {
      if (field.select) field.select();
      document.execCommand("insertText", false, words);
    } else {
      field.value = {number: "7", date: "2026-01-02", time: "10:30", month: "2026-01", week: "2026-W02"}[field.type] ?? "2026-01-02T10:30";
      field.dispatchEvent(new Event("input", {bubbles: true}));
      field.dispatchEvent(new Event("change", {bubbles: true}));
    }
    const taken = own(field) !== "";
    field.blur();
    return taken;
  };

  const about = field => [field.placeholder, own(field), field.name, field.id, field.getAttribute("aria-label"),
    ...[...(field.labels ?? [])].map(l => l.innerText), field.previousElementSibling?.innerText, field.parentElement?.innerText]
    .map(text => plain(text ?? ""));

  // What a person would fill in, so that a form has nothing to complain of.
  const fill = words => written().map(field => {
    const mail = field.type === "email" || about(field).some(text => /e-?mail/.test(text));
    return put(field, mail ? "ada@home.example" : words);
  });

  const takes = (labels, words, taken) => {
    const fields = written().filter(field => !field.readOnly && !field.disabled);
    const wanted = labels.map(plain).filter(Boolean);
    let at = fields.findIndex((field, n) => !taken.includes(n) && about(field).some(text => wanted.some(w => text === w || text.includes(w))));
    if (at < 0) at = fields.findIndex((field, n) => !taken.includes(n));
    return at < 0 || !put(fields[at], words) ? -1 : at;
  };

  // Everything of the page that an eye could tell from what was there before.
  const look = () => {
    const parts = lines();
    for (const element of [...document.body.querySelectorAll("*")].slice(0, 3000)) {
      if (/^(SCRIPT|STYLE)$/.test(element.tagName) || !seen(element)) continue;
      const box = element.getBoundingClientRect(), style = getComputedStyle(element);
      parts.push([Math.round(box.left), Math.round(box.top), Math.round(box.width), Math.round(box.height), style.color, style.backgroundColor,
        style.backgroundImage, style.opacity, style.transform, style.textDecorationLine, style.borderColor, element.checked, element.src].join());
    }
    return parts.join("\n");
  };

  const rest = tried => [...new Set([...document.querySelectorAll(PRESSED)].filter(seen).map(label).filter(Boolean))]
    .filter(words => !tried.includes(words)).slice(0, 12);

  globalThis.trial = {shows, click, fill, takes, look, lines: () => lines().join("\n"), rest,
    visible: texts => texts.filter(shows)};
})();
