// Search, filters, theme, copying, deep links. Every page works without this script.
(() => {
  "use strict";
  const root = document.body.dataset.root || ".";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Theme: that of the system until the reader chooses one.
  const html = document.documentElement;
  const themeButton = $("button.theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (html.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { themeButton.textContent = isDark() ? "Light" : "Dark"; themeButton.setAttribute("aria-label", isDark() ? "Switch to the light theme" : "Switch to the dark theme"); };
  themeButton.hidden = false;
  nameTheme();
  system.addEventListener("change", nameTheme);
  themeButton.addEventListener("click", () => {
    html.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("lagg-theme", html.dataset.theme); } catch { /* a file may have no storage */ }
    nameTheme();
  });

  // Narrow screens: the menu is folded at first.
  if (matchMedia("(max-width: 56rem)").matches) $(".menu").open = false;

  // Deep links open the folded parts around their target.
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    $$(":scope > details.evidence, :scope > details.run", target).forEach((d) => { d.open = true; });
    target.scrollIntoView({ behavior: "instant" });
  };
  addEventListener("hashchange", unfold);
  unfold();
  // Print with the evidence unfolded, except bytes of frames and repetitions; fold it again afterwards.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = $$("main details:not([open])").filter((d) => !d.closest(".frames li, .both, .glossary"));
    unfolded.forEach((d) => { d.open = true; });
  });
  addEventListener("afterprint", () => { unfolded.forEach((d) => { d.open = false; }); });

  // Copy a command.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const text = button.dataset.copy;
    try { await navigator.clipboard.writeText(text); } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.firstChild.data = "Copied";
    setTimeout(() => { button.firstChild.data = "Copy"; }, 1500);
  });

  // Filters: show an item if it has every chosen value.
  $$("form.filters").forEach((form) => {
    const area = $(form.dataset.filters);
    const items = $$("[data-status], [data-verdict], [data-item]", area);
    const groups = $$(".group:not(tr), tbody", area);
    const given = new URLSearchParams(location.search);
    form.hidden = false;
    for (const field of form.elements) if (field.name && given.has(field.name)) field.value = given.get(field.name);
    const apply = () => {
      const chosen = [...new FormData(form)].filter(([, value]) => value);
      let shown = 0;
      for (const item of items) {
        const keep = chosen.every(([name, value]) => name === "text"
          ? item.textContent.toLowerCase().includes(value.toLowerCase())
          : (item.dataset[name] || "").split("|").includes(value));
        item.classList.toggle("filtered", !keep);
        shown += keep;
      }
      for (const group of groups) group.classList.toggle("filtered", !items.some((i) => group.contains(i) && !i.classList.contains("filtered")));
      $("output", form).textContent = chosen.length ? `${shown} of ${items.length}` : `${items.length}`;
      const query = new URLSearchParams(chosen).toString();
      try { history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash); } catch { /* from a file */ }
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    apply();
  });

  // Search: load the index at the first search.
  const search = $("form.search"), box = $("#q"), hits = $("#hits");
  let loading;
  const load = () => loading ||= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = `${root}/search-index.js`;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  const score = (words, [kind, title, , text]) => {
    const head = title.toLowerCase(), body = text.toLowerCase();
    let total = kind === "claim" ? 2 : kind === "scenario" ? 1 : 0;
    for (const word of words) {
      if (head.startsWith(word)) total += 12;
      else if (head.includes(word)) total += 8;
      else if (body.includes(word)) total += 2;
      else return 0;
    }
    return total;
  };
  const look = async () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) { hits.hidden = true; return; }
    await load();
    const found = window.LAGG_SEARCH.map((entry) => [score(words, entry), entry]).filter(([s]) => s)
      .sort((a, b) => b[0] - a[0]).slice(0, 20);
    hits.replaceChildren();
    const list = document.createElement("ul");
    for (const [, [kind, title, url]] of found) {
      const link = document.createElement("a");
      const word = document.createElement("span");
      word.className = "kind";
      word.textContent = kind;
      link.href = `${root}/${url}`;
      link.append(word, title);
      const li = document.createElement("li");
      li.append(link);
      list.append(li);
    }
    const status = document.createElement("p");
    status.className = "meta";
    status.setAttribute("role", "status");
    status.textContent = found.length ? `${found.length} found` : "Nothing found";
    hits.append(status, list);
    hits.hidden = false;
  };
  search.hidden = false;
  box.addEventListener("focus", load, { once: true });
  box.addEventListener("input", look);
  search.addEventListener("submit", (event) => { event.preventDefault(); $("a", hits)?.click(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); box.focus(); }
    if (event.key === "Escape") { hits.hidden = true; if (search.contains(document.activeElement)) box.focus(); }
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || hits.hidden || !search.contains(document.activeElement)) return;
    const stops = [box, ...$$("a", hits)];
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  });
  document.addEventListener("click", (event) => { if (!search.contains(event.target)) hits.hidden = true; });
})();
