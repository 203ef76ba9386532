(() => {
  const at = (id) => document.getElementById(id);
  const search = at("search"), filters = at("filters"), shown = at("shown"), nothing = at("nothing");
  const boxes = [...filters.querySelectorAll("input")];
  const groups = [];
  let group = null;
  for (const body of document.querySelectorAll("#results tbody")) {
    const section = { body, rows: [], groups: [] };
    groups.push(section);
    group = null;
    for (const row of body.rows) {
      if (row.dataset.group) {
        group = { row, rows: [] };
        section.groups.push(group);
      } else if (row.dataset.v !== undefined) {
        const entry = {
          row,
          id: row.querySelector(".id").textContent,
          text: row.querySelector(".desc").textContent.toLowerCase(),
          verdicts: row.dataset.v.split(" "),
        };
        section.rows.push(entry);
        if (group) group.rows.push(entry);
      }
    }
  }
  const all = groups.flatMap((section) => section.rows);
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = boxes.filter((box) => box.checked).map((box) => box.value);
    let n = 0;
    for (const entry of all) {
      const found = words.every((word) =>
        /^[0-9][0-9.]*$/.test(word)
          ? entry.id === word || entry.id.startsWith(word.endsWith(".") ? word : word + ".") || entry.text.includes(word)
          : entry.text.includes(word));
      entry.on = found && (wanted.length === 0 || wanted.some((v) => entry.verdicts.includes(v)));
      entry.row.hidden = !entry.on;
      n += entry.on;
    }
    for (const section of groups) {
      for (const part of section.groups) part.row.hidden = !part.rows.some((entry) => entry.on);
      section.body.hidden = !section.rows.some((entry) => entry.on);
    }
    nothing.hidden = n > 0 || all.length === 0;
    shown.textContent = n === all.length ? `${n} cases` : `${n} of ${all.length} cases`;
  };
  search.hidden = filters.hidden = false;
  search.addEventListener("input", apply);
  filters.addEventListener("change", apply);
  at("tools").addEventListener("submit", (event) => event.preventDefault());
  at("reset").addEventListener("click", () => {
    search.value = "";
    for (const box of boxes) box.checked = false;
    apply();
    search.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && document.activeElement === search) {
      search.value = "";
      apply();
    }
  });
  addEventListener("pageshow", apply);
  apply();
})();
