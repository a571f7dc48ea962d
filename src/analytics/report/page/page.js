// What a reader's browser runs: a theme to choose, tables to sort, trials to filter. Everything it works on stands in the page;
// it asks for nothing, and only ever sets text that is already there.
(() => {
  "use strict";
  const root = document.documentElement;

  /** Storage may be refused, as for files opened from a disk in some browsers: the choice then lasts as long as the page. */
  const kept = {
    /** @returns {string | null} */
    read() {
      try {
        return localStorage.getItem("regatta-theme");
      } catch (error) {
        if (error instanceof DOMException) return null;
        throw error;
      }
    },
    /** @param {string} theme */
    write(theme) {
      try {
        localStorage.setItem("regatta-theme", theme);
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
      }
    },
  };

  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const themeButton = document.getElementById("theme");

  function isDark() {
    return root.dataset["theme"] === undefined ? prefersDark.matches : root.dataset["theme"] === "dark";
  }

  function showTheme() {
    if (themeButton === null) return;
    themeButton.textContent = isDark() ? "Light theme" : "Dark theme";
    themeButton.hidden = false;
  }

  const theme = kept.read();
  if (theme === "dark" || theme === "light") root.dataset["theme"] = theme;
  themeButton?.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    root.dataset["theme"] = next;
    kept.write(next);
    showTheme();
  });
  prefersDark.addEventListener("change", showTheme);
  showTheme();

  // Sorting. What has no value comes last either way.
  const collator = new Intl.Collator("en", { numeric: true });

  /** @param {HTMLTableCellElement | undefined} cell @param {boolean} numeric @returns {number | string | null} */
  function valueOf(cell, numeric) {
    if (cell === undefined) return null;
    if (!numeric) return cell.textContent.trim();
    const value = cell.dataset["v"];
    return value === undefined || value === "" ? null : Number(value);
  }

  /** @param {HTMLTableElement} table @param {number} column */
  function sort(table, column) {
    const body = table.tBodies[0];
    const heading = table.tHead?.rows[0]?.cells[column];
    if (body === undefined || heading === undefined) return;
    const numeric = heading.classList.contains("number");
    // The largest numbers first, names from A on; the other way round the second time.
    const first = numeric ? "descending" : "ascending";
    const second = numeric ? "ascending" : "descending";
    const order = heading.getAttribute("aria-sort") === first ? second : first;
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...body.rows].map((row) => ({ row, value: valueOf(row.cells[column], numeric) }));
    rows.sort(({ value: a }, { value: b }) => {
      if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
      return sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)));
    });
    for (const other of table.tHead?.rows[0]?.cells ?? []) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", order);
    body.append(...rows.map(({ row }) => row));
  }

  for (const table of document.querySelectorAll("table")) {
    // Its rows are different measures, which have no order.
    if (table.classList.contains("sides")) continue;
    for (const [column, heading] of [...(table.tHead?.rows[0]?.cells ?? [])].entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, column));
    }
  }

  // Filtering. The address says what is filtered, so that a link into the table is a link to these trials.
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("filters"));
  const trials = document.querySelector("#trials")?.querySelector("table");
  const output = form?.querySelector("output") ?? null;
  const rows = [...(trials?.tBodies[0]?.rows ?? [])].map((row) => ({
    row,
    profile: textAt(row, 0),
    task: textAt(row, 1),
    outcome: textAt(row, 3),
    /** @type {string | null} */
    text: null,
  }));

  /** @param {HTMLTableRowElement} row @param {number} column */
  function textAt(row, column) {
    return row.cells[column]?.textContent ?? "";
  }

  /** What is in rates, and what is not: a trial whose reward is not known is in none. */
  const WIDER = new Map([
    ["scored", ["solved", "not solved"]],
    ["not scored", ["reward unknown"]],
  ]);
  const NAMES = ["profile", "task", "outcome", "q"];

  // An option without a value has its text as one, and loses the blanks around it.
  for (const option of form?.querySelectorAll("option") ?? []) {
    if (!option.hasAttribute("value")) option.value = option.textContent;
  }

  /** @returns {Map<string, string>} */
  function wanted() {
    return new Map(NAMES.map((name) => [name, control(name)?.value ?? ""]));
  }

  function apply() {
    const [profile = "", task = "", outcome = "", q = ""] = NAMES.map((name) => wanted().get(name));
    const search = q.trim().toLowerCase();
    let shown = 0;
    for (const each of rows) {
      const fits =
        (profile === "" || each.profile === profile) &&
        (task === "" || each.task === task) &&
        (outcome === "" || each.outcome === outcome || WIDER.get(outcome)?.includes(each.outcome) === true) &&
        (search === "" || (each.text ??= each.row.textContent.toLowerCase()).includes(search));
      each.row.hidden = !fits;
      if (fits) shown += 1;
    }
    if (output !== null) output.textContent = `${shown} of ${rows.length} ${rows.length === 1 ? "trial" : "trials"}`;
  }

  /** @param {string} name */
  function control(name) {
    const found = form?.elements.namedItem(name);
    return found instanceof HTMLSelectElement || found instanceof HTMLInputElement ? found : null;
  }

  /** `#trials?profile=…&task=…`; an address that says no filters has none, so that Back takes them away as it brought them. */
  function follow() {
    const [place = "", query = ""] = location.hash.slice(1).split("?");
    const filters = new URLSearchParams(place === "trials" ? query : "");
    for (const name of NAMES) {
      const there = control(name);
      if (there !== null) there.value = filters.get(name) ?? "";
    }
    apply();
    const target = place === "" ? null : document.getElementById(place);
    if (target === null) return;
    for (let closed = target.closest("details"); closed !== null;) {
      closed.open = true;
      closed = closed.parentElement?.closest("details") ?? null;
    }
    target.scrollIntoView({ block: target instanceof HTMLTableRowElement ? "center" : "start" });
    focusOn(target);
  }

  /** Whoever follows a link by keyboard, or has the page read aloud, goes on from where it leads. @param {Element} target */
  function focusOn(target) {
    const heard = target.querySelector(":scope > :is(summary, h2)") ?? target;
    if (!(heard instanceof HTMLElement)) return;
    if (heard.localName !== "summary") heard.tabIndex = -1;
    heard.focus({ preventScroll: true });
  }

  let waiting = 0;
  form?.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const said = new URLSearchParams([...wanted()].filter(([, value]) => value !== ""));
      const query = said.toString();
      history.replaceState(null, "", query === "" ? "#trials" : `#trials?${query}`);
      apply();
    }, 80);
  });
  form?.addEventListener("submit", (event) => event.preventDefault());
  form?.addEventListener("reset", () => {
    history.replaceState(null, "", "#trials");
    // The fields are empty only after this event.
    setTimeout(apply);
  });
  if (form !== null) form.hidden = false;

  // A pointer may use the marks of a figure; the table under it has the same links for everyone.
  document.addEventListener("click", (event) => {
    const mark = event.target instanceof Element ? event.target.closest("svg [data-go]") : null;
    const target = mark?.getAttribute("data-go");
    if (target?.startsWith("#")) location.hash = target;
  });
  for (const link of document.querySelectorAll("a[data-to]"))
    link.setAttribute("href", link.getAttribute("data-to") ?? "#trials");
  // The same address again is no change of it; its link is followed all the same.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
    if (link !== null && link.getAttribute("href") === location.hash) follow();
  });
  addEventListener("hashchange", follow);
  follow();
})();
