// The search: MiniSearch over search-index.js, both loaded when somebody searches first.
(() => {
  "use strict";
  const SHOWN = 20;
  // Words for one thing: what is typed, and what the pages say.
  const SYNONYMS = {
    matrix: ["targets"],
    code: ["status"], codes: ["statuses"], error: ["fail", "refused"], errors: ["fail"],
    install: ["tutorial", "set"], installation: ["tutorial", "set"], setup: ["tutorial", "set", "configure"],
    start: ["tutorial"], begin: ["tutorial"], started: ["tutorial"],
    working: ["come"], works: ["come"], broken: ["come", "fail"], troubleshoot: ["find", "why"],
    diagnose: ["why", "find"], debug: ["why", "find", "diagnose"], rollback: ["locking", "undo"],
    undo: ["rollback", "locking"], revert: ["rollback", "locking"], locked: ["locking"], lockout: ["locking"],
    nic: ["port", "interface"], card: ["port"], cable: ["link"], jumbo: ["mtu"], bug: ["defect"],
    bugs: ["defects"], issue: ["defect"], redundancy: ["failover"], standby: ["failover"],
    flapping: ["flap"], slow: ["performance"], speed: ["bandwidth"],
    bandwidth: ["speed"], pcap: ["capture", "frames"], wireshark: ["capture", "frames"],
    packet: ["frame"], packets: ["frames"], upgrade: ["release"], update: ["release"], ship: ["release", "gate"],
    delete: ["remove", "removal"], destroy: ["remove", "removal"], drop: ["down", "lost", "flap"], dropping: ["down", "lost", "flap"],
    disconnect: ["down", "lost", "flap"], unstable: ["flap", "lost"], bastion: ["jump"], openssh: ["ssh"], ui: ["interface"], gui: ["interface"], swap: ["change", "move"], migrate: ["move", "change"],
    failback: ["failover"], preferred: ["primary"], doc: ["article"], documentation: ["article"],
    beginner: ["tutorial"], guide: ["tutorial"], try: ["tutorial", "simulate"], max: ["most", "limit"], maximum: ["most", "limit"],
    already: ["another", "busy"], survive: ["persistence", "outlive"], reboot: ["persistence", "boot"],
    write: ["correct"], fix: ["correct", "workaround"], cisco: ["switch"], stacking: ["stack"], mode: ["protocol"], modes: ["protocols"], man: ["manual"], best: ["choose"], better: ["choose"],
  };
  const IGNORED = new Set(["the", "a", "an", "is", "are", "of", "to", "and", "or", "in", "on", "it", "my", "i", "do", "does", "how", "with", "for", "but", "no", "not", "can", "what", "which"]);
  // A page that helps somebody comes before one that proves something.
  // They say in which form the answer is wanted, not of what.
  const FORMS = new Set(["list", "all", "every", "overview", "page", "docs", "documentation", "show", "find", "get", "there"]);
  const WEIGHTS = { "how-to": 3.2, protocol: 2.6, claim: 1.7, defect: 1.7, page: 1.8, option: 1.5, requirement: 1.1, deviation: 1, scenario: 1, command: 0.5 };

  // The stem of an English word, near enough to bring its forms together.
  const stem = (word) => {
    if (word.length < 4 || /\d/.test(word)) return word;
    let w = word.replace(/'s$/, "");
    w = w.replace(/(sses|xes|ches|shes)$/, (m) => m.slice(0, -2)).replace(/ies$/, "y").replace(/([^su])s$/, "$1");
    w = w.replace(/(.{3,})(ations?|ating|ated|ates?|ators?)$/, "$1at").replace(/(.{3,})(ings?|ed|ers?|ly|ment)$/, "$1").replace(/(.{3,})ion$/, "$1");
    w = w.replace(/([bdgklmnprt])\1$/, "$1");
    return w.replace(/(.{3,})e$/, "$1");
  };
  const tokens = (text) => (text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) || []).flatMap((word) => word.includes("_") ? [word, ...word.split("_").filter(Boolean)] : [word]);
  // Two words of a title are often written as one: roundrobin, loadbalance.
  const joined = (text) => { const found = tokens(text); return found.slice(1).map((word, n) => found[n] + word); };

  // By their stems: who types "bugs" or "survives" means what "bug" and "survive" mean.
  const synonyms = () => {
    const found = new Map();
    for (const [word, others] of [...Object.entries(SYNONYMS), ...Object.entries(window.SITE_SYNONYMS || {})]) found.set(stem(word), new Set([...(found.get(stem(word)) || []), ...others]));
    return found;
  };

  const make = (entries) => {
    const index = new window.MiniSearch({
      fields: ["title", "joined", "keywords", "text"], storeFields: ["kind", "title", "url", "text", "place", "keywords"],
      tokenize: tokens, processTerm: (term) => IGNORED.has(term) ? null : stem(term),
    });
    index.addAll(entries.map(([kind, title, url, text, place, keywords = ""], id) => ({ id, kind, title, url, text, place, keywords, joined: joined(title).join(" ") })));
    return index;
  };

  // A word that begins no word of the site is taken for the one that it is nearest to.
  const spelt = (index, word) => word.length < 5 || index.search(word, { prefix: true }).length ? word : index.autoSuggest(word, { fuzzy: 1, maxFuzzy: 1, prefix: false })[0]?.suggestion ?? word;

  // All words; else any of them, those with more of them first.
  const find = (index, typed) => {
    const query = typed.replace(/[\p{L}\p{N}_]+/gu, (word) => spelt(index, word));
    const telling = [...new Set(tokens(query))].filter((word) => !IGNORED.has(word));
    const words = telling.some((word) => !FORMS.has(word)) ? telling.filter((word) => !FORMS.has(word)) : telling;
    if (!words.length) return [];
    const options = {
      boost: { title: 5, joined: 4, keywords: 4 }, prefix: (term) => term.length > 2,
      fuzzy: (term) => term.length > 4 ? 1 : false, maxFuzzy: 1, weights: { fuzzy: 0.2, prefix: 0.5 },
      boostDocument: (id, term, stored) => WEIGHTS[stored.kind] || 1,
    };
    const others = synonyms();
    const one = (word) => ({ combineWith: "OR", queries: [word, ...[...(others.get(stem(word)) || [])].map((other) => ({ queries: [other], boost: { title: 2, joined: 1, text: 0.3 }, fuzzy: false, prefix: false }))] });
    const pairs = joined(query).filter((pair) => pair.length > 5).map((pair) => ({ queries: [pair], fuzzy: false, prefix: false }));
    const every = index.search({ combineWith: "AND", queries: words.map(one) }, options);
    const any = index.search({ combineWith: "OR", queries: [...words.map(one), ...pairs] }, options);
    const full = new Set(every.map((hit) => hit.id));
    // "What is X" and "list of X" ask by a title as well as "X" does.
    const exact = [query.trim().toLowerCase(), words.join(" ")];
    const named = new Set(words.map(stem));
    // A page is asked for by a keyword of its own: all words of it, or the query within it.
    const within = (some, others) => [...some].every((word) => others.has(word));
    const called = (hit) => Math.max(...hit.keywords.split(",").map((one) => { const own = new Set(tokens(one).filter((word) => !IGNORED.has(word)).map(stem)); const both = [within(own, named), within(named, own)].filter(Boolean).length; return own.size ? 250 * both : 0; }));
    const rank = (hit) => (hit.keywords ? called(hit) * (WEIGHTS[hit.kind] || 1) : 0) + hit.score * (full.has(hit.id) ? 2.5 : 1) + (exact.some((one) => hit.title.toLowerCase().startsWith(one)) ? 400 * (WEIGHTS[hit.kind] || 1) : exact.some((one) => hit.title.toLowerCase().includes(one)) ? 60 * (WEIGHTS[hit.kind] || 1) : 0);
    const shown = every.length > 2 ? any.filter((hit) => full.has(hit.id) || hit.keywords || (WEIGHTS[hit.kind] || 0) > 2) : any;
    const ranked = shown.map((hit) => ({ ...hit, rank: rank(hit) })).sort((a, b) => b.rank - a.rank);
    return ranked.filter((hit) => hit.rank > ranked[0].rank / 40);
  };
  window.SITE_FIND = { make, find };
  if (typeof document === "undefined") return;

  const root = document.body.dataset.root || ".";
  const search = document.querySelector("form.search"), box = document.getElementById("q"), hits = document.getElementById("hits"), status = document.getElementById("hits-status");
  if (!search) return;
  const script = (path) => new Promise((done, failed) => {
    const made = document.createElement("script");
    made.src = `${root}/${path}`;
    made.onload = done;
    made.onerror = failed;
    document.head.append(made);
  });
  let loading, index;
  const parts = () => Promise.all(Array.from({ length: window.SITE_INDEX_PARTS - 1 }, (_, n) => script(`search-index-${n + 2}.js`)));
  const load = () => loading ||= Promise.all([script("search-index.js").then(parts), script("js/minisearch.min.js")]).then(() => { index = make(window.SITE_INDEX); });
  const element = (name, className, text) => { const made = document.createElement(name); made.className = className; made.textContent = text; return made; };
  const snippet = (text, query) => {
    if (!text) return "";
    const low = text.toLowerCase();
    const at = Math.max(0, Math.min(...tokens(query).map((word) => low.indexOf(word.slice(0, 5))).filter((n) => n >= 0), text.length) - 40);
    const start = at >= text.length - 40 ? 0 : at;
    return (start ? "…" : "") + text.slice(start, start + 120).trim() + (text.length > start + 120 ? "…" : "");
  };
  const close = () => { hits.hidden = true; };
  const item = ({ kind, title, url, text, place }, query) => {
    const li = document.createElement("li"), link = document.createElement("a");
    link.href = `${root}/${url}`;
    link.append(element("span", "kind", kind), element("span", "title", title));
    if (place) link.append(element("span", "place", place));
    if (kind !== "scenario" && kind !== "command") { const said = snippet(text, query); if (said) link.append(element("span", "snippet", said)); }
    li.append(link);
    return li;
  };
  const look = async () => {
    const query = box.value;
    if (!query.trim()) { close(); status.textContent = ""; return; }
    await load();
    if (box.value !== query) return; // typed on meanwhile
    const found = find(index, query);
    const list = document.createElement("ul");
    const offered = found.length ? found.slice(0, SHOWN) : window.SITE_INDEX.filter(([kind]) => kind === "how-to").map(([kind, title, url, text, place]) => ({ kind, title, url, text, place }));
    list.append(...offered.map((hit) => item(hit, query)));
    const words = found.length > SHOWN ? `${found.length} found, the first ${SHOWN} are shown` : found.length ? `${found.length} found` : "Nothing found; these pages may help";
    status.textContent = words;
    hits.replaceChildren(element("p", "meta", words), list);
    hits.firstChild.setAttribute("aria-hidden", "true"); // the status is announced
    hits.hidden = false;
  };
  search.hidden = false;
  box.addEventListener("focus", load, { once: true });
  box.addEventListener("input", look);
  search.addEventListener("submit", (event) => { event.preventDefault(); hits.querySelector("a")?.click(); });
  search.addEventListener("focusout", (event) => { if (event.relatedTarget && !search.contains(event.relatedTarget)) close(); });
  document.addEventListener("click", (event) => { if (!search.contains(event.target)) close(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); box.focus(); }
    if (event.key === "Escape") { close(); if (search.contains(document.activeElement)) box.focus(); }
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || hits.hidden || !search.contains(document.activeElement)) return;
    const stops = [box, ...hits.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  });
})();
