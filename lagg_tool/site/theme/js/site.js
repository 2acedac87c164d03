// Filters, theme, copying, deep links. Every page works without this script.
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
    try { localStorage.setItem("site-theme", html.dataset.theme); } catch { /* a file may have no storage */ }
    nameTheme();
  });

  // Narrow screens: the menu is folded at first.
  if (matchMedia("(max-width: 56rem)").matches) $(".menu").open = false;

  // What scrolls sideways is a stop for the keyboard, as long as it does.
  const reach = () => $$("main table, main pre, main .scroll, main .chart").forEach((area) => {
    const scrolls = area.scrollWidth > area.clientWidth + 1 && getComputedStyle(area).overflowX !== "visible";
    if (scrolls && !area.hasAttribute("tabindex")) { area.tabIndex = 0; area.dataset.scrolls = ""; }
    if (!scrolls && "scrolls" in area.dataset) { area.removeAttribute("tabindex"); delete area.dataset.scrolls; }
  });
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  reach();

  // A published site learns from its directory which versions there are, and whether it is old.
  const version = document.body.dataset.version;
  if (version) {
    const list = document.createElement("script");
    list.src = `${root}/../versions.js`;
    list.onload = () => {
      const known = window.SITE_VERSIONS || [], newest = known[known.length - 1];
      const select = document.createElement("select");
      select.setAttribute("aria-label", "Version of this site");
      for (const one of [...known].reverse()) select.append(new Option(one === newest ? `${one} (newest)` : one, one, one === version, one === version));
      // Changing is no wish to go: the keyboard passes every version on its way.
      const go = document.createElement("button");
      go.type = "button";
      go.textContent = "Go";
      go.setAttribute("aria-label", "Go to the chosen version");
      go.addEventListener("click", () => { location.href = `${root}/../${encodeURIComponent(select.value)}/index.html`; });
      const link = $("a.version"), chooser = document.createElement("span");
      chooser.className = "version";
      chooser.append(select, go);
      if (known.length > 1) link.replaceWith(chooser);
      if (newest && newest !== version) {
        const banner = document.createElement("p");
        banner.className = "notice stale old";
        const there = document.createElement("a");
        there.href = `${root}/../${encodeURIComponent(newest)}/index.html`;
        there.textContent = `Version ${newest} is the newest`;
        banner.append(`This is version ${version}. `, there, ".");
        $("main").prepend(banner);
      }
    };
    document.head.append(list);
  }

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
  $$("button.copy").forEach((button) => { button.hidden = false; });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const text = $("code, pre, .text", button.closest("p:has(code, .text), div")).textContent;
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
      for (const group of groups.filter((g) => items.some((i) => g.contains(i)))) group.classList.toggle("filtered", !items.some((i) => group.contains(i) && !i.classList.contains("filtered")));
      $("output", form).textContent = chosen.length ? `${shown} of ${items.length}` : `${items.length}`;
      const query = new URLSearchParams(chosen).toString();
      try { history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash); } catch { /* from a file */ }
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    apply();
  });
})();
