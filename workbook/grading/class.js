"use strict";
(() => {
  const map = document.getElementById("map");
  const body = map.tBodies[0];
  const heads = [...map.tHead.rows[1].cells];
  const status = document.getElementById("status");
  const find = document.getElementById("find");
  const panel = document.getElementById("panel");
  const first = heads.findIndex((head) => head.dataset.id);
  const rows = () => [...body.rows].filter((row) => !row.hidden);
  const links = (row) => [...row.querySelectorAll("td a")];

  // ---- sort: the first click brings what needs a look to the top, the second turns it round
  const ORDER = ["error", "crashed", "hung", "wrong", "empty", "solved"];
  const plain = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const KEYS = {
    text: (cell) => cell.textContent.trim(),
    number: (cell) => (cell.dataset.n === undefined ? -1 : Number(cell.dataset.n)),
    verdict: (cell) => ORDER.indexOf(cell.classList[0]),
  };

  function sort(column) {
    const head = heads[column];
    const kind = head.dataset.sort;
    const up = head.getAttribute("aria-sort") !== "ascending";
    const keyed = [...body.rows].map((row) => [KEYS[kind](row.cells[column]), row]);
    const compare = kind === "text" ? (a, b) => plain.compare(a[0], b[0]) : (a, b) => a[0] - b[0];
    keyed.sort(up ? compare : (a, b) => compare(b, a));
    body.append(...keyed.map((pair) => pair[1]));
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    status.textContent = `Sorted by ${head.textContent.trim()}, ${up ? "ascending" : "descending"}.`;
  }
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => sort(column));
  });

  // ---- search: by name and id
  const words = new Map();
  for (const row of body.rows) words.set(row, row.cells[0].textContent.toLocaleLowerCase());
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLocaleLowerCase().split(/\s+/);
    for (const [row, text] of words) row.hidden = !wanted.every((word) => text.includes(word));
    const count = rows().length;
    status.textContent = `${count} of ${words.size} ${words.size === 1 ? "student" : "students"} shown.`;
    if (!current || current.closest("tr").hidden) rest(count ? links(rows()[0])[0] : null);
  });

  // ---- keyboard: the map is one stop of the Tab key; arrows move in it
  let current = null;
  function rest(link) {
    if (current) current.tabIndex = -1;
    current = link || null;
    if (current) current.tabIndex = 0;
  }
  for (const link of body.querySelectorAll("td a")) link.tabIndex = -1;
  rest(body.rows.length ? links(body.rows[0])[0] : null);

  function moved(link, key, far) {
    const row = link.closest("tr");
    const own = links(row);
    const at = own.indexOf(link);
    if (key === "ArrowRight") return own[at + 1];
    if (key === "ArrowLeft") return own[at - 1];
    const all = rows();
    const line = all.indexOf(row);
    const target = {
      ArrowDown: line + 1, ArrowUp: line - 1, PageDown: Math.min(line + 10, all.length - 1),
      PageUp: Math.max(line - 10, 0), Home: far ? 0 : line, End: far ? all.length - 1 : line,
    }[key];
    const to = all[target] && links(all[target]);
    return to && to[key === "Home" ? 0 : key === "End" ? to.length - 1 : at];
  }
  const KEYBOARD = /^(Arrow(Up|Down|Left|Right)|Home|End|Page(Up|Down))$/;
  body.addEventListener("keydown", (event) => {
    const link = event.target.closest("td a");
    if (!link || !KEYBOARD.test(event.key) || event.altKey || event.metaKey) return;
    event.preventDefault();
    const to = moved(link, event.key, event.ctrlKey);
    if (to) to.focus();
  });
  body.addEventListener("focusin", (event) => {
    const link = event.target.closest("td a");
    if (!link) return;
    rest(link);
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // ---- the map is wider than most windows: shadows and buttons show that it goes on
  const sides = document.getElementById("sides");
  const frame = sides.querySelector(".frame");
  const ways = { left: document.getElementById("left"), right: document.getElementById("right") };
  function reach() {
    const room = frame.scrollWidth - frame.clientWidth;
    const before = room > 1 && frame.scrollLeft > 1;
    const after = room > 1 && frame.scrollLeft < room - 1;
    document.getElementById("scroll").hidden = room <= 1;
    sides.classList.toggle("before", before);
    sides.classList.toggle("after", after);
    ways.left.disabled = !before;
    ways.right.disabled = !after;
  }
  const page = (by) => frame.scrollBy({ left: by * (frame.clientWidth - heads[0].offsetWidth) });
  ways.left.addEventListener("click", () => page(-1));
  ways.right.addEventListener("click", () => page(1));
  frame.addEventListener("scroll", reach, { passive: true });
  new ResizeObserver(reach).observe(frame);
  reach();

  // ---- the explanation of a cell; without scripts its link leads to the student's page
  let texts = null;
  const explanation = (number) => {
    texts = texts || JSON.parse(document.getElementById("texts").textContent);
    return texts[number] || [];
  };
  function element(tag, text, name) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  }
  function told(entries) {
    const list = element("dl", "", "told");
    for (const [label, kind, text] of entries) {
      const group = element("div", "", kind + (label === "test" && list.childElementCount ? " begins" : ""));
      group.append(element("dt", label), element("dd", text));
      list.append(group);
    }
    return list;
  }
  let shown = null;
  function show(link) {
    shown = link;
    const cell = link.closest("td");
    const row = cell.closest("tr");
    const head = heads[cell.cellIndex];
    const word = link.getAttribute("aria-label").split(" ").slice(1).join(" ");
    const earned = cell.classList[0] === "solved" ? head.dataset.points : "0";
    const line = element("p", "");
    line.append(
      element("span", link.textContent, `sign ${cell.classList[0]}`),
      ` ${row.cells[0].textContent.trim()}: ${word}, ${earned} of ${head.dataset.points} points`,
    );
    const inside = document.getElementById("inside");
    const title = element("h2", `${head.dataset.id} ${head.dataset.title}`);
    title.id = "what";
    title.tabIndex = -1;
    inside.replaceChildren(title, line);
    if (link.dataset.x) inside.append(told(explanation(Number(link.dataset.x))));
    else if (link.dataset.far) inside.append(element("p", "The explanation stands on the student's page."));
    document.getElementById("page").href = link.href;
    document.getElementById("above").disabled = !beside(-1);
    document.getElementById("below").disabled = !beside(1);
    if (!panel.open) panel.showModal();
    title.focus();
    panel.scrollTop = 0;
  }
  function beside(by) {
    const all = rows();
    const row = all[all.indexOf(shown.closest("tr")) + by];
    return row && row.cells[shown.closest("td").cellIndex].querySelector("a");
  }
  document.getElementById("above").addEventListener("click", () => show(beside(-1)));
  document.getElementById("below").addEventListener("click", () => show(beside(1)));
  document.getElementById("shut").addEventListener("click", () => panel.close());
  panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });
  panel.addEventListener("close", () => { if (shown) shown.focus(); });
  body.addEventListener("click", (event) => {
    const link = event.target.closest("td a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });

  // ---- from the lists above the map to a column of it
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-column]");
    if (!link) return;
    event.preventDefault();
    const column = heads.findIndex((head) => head.dataset.id === link.dataset.column);
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    sort(column);
    const button = heads[column].querySelector("button");
    button.focus();
    button.scrollIntoView({ block: "center", inline: "center" });
  });
  if (first < 0) find.disabled = true;
})();
