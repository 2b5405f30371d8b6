// The search page. No library, no state outside this page: the token lives in one variable and is gone
// with the tab. Everything a record says enters the page as text, never as HTML.
"use strict";

const KINDS = {
  document: "Document", treatment: "Traitement", event: "Événement", observation: "Mesure ou résultat",
  condition: "Maladie ou antécédent", allergy: "Allergie", immunization: "Vaccination", procedure: "Acte",
};
const STATES = { superseded: "ancienne version obsolète", archived: "archivé" };
const FLAGS = {
  MASQUE_PS: "masqué aux professionnels de santé", INVISIBLE_PATIENT: "non visible par le patient",
  INVISIBLE_REPRESENTANTS_LEGAUX: "non visible par les représentants légaux", R: "restreint", V: "très restreint",
};
const CONTEXTS = {
  negated: "cité comme absent", family: "chez un proche", hypothetical: "envisagé", history: "antécédent", ordered: "demandé",
};
const FACETS = [
  ["kind", "kinds", "Nature"], ["category", "categories", "Catégorie"], ["type", "types", "Type de document"],
  ["author", "authors", "Auteur"], ["year", "year", "Année"],
];
const SUGGESTED = { type: "type", author: "auteur", title: "titre", word: "mot" };
const FACET_VALUES = 8;

const $ = (id) => document.getElementById(id);
// `aside` holds the filters while one episode is shown, `answer` is what the results show.
const state = {
  record: "", token: "", demo: false, view: "results", filters: new Map(), cursor: null, asked: null, answer: null, shown: 0,
  ignored: new Set(), typed: "", episode: null, aside: null,
};

/** An element; strings become text nodes, `on…` functions listeners. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

const plural = (n, one, many) => `${n.toLocaleString("fr-FR")} ${n > 1 ? many : one}`;

function frenchDate(iso) {
  if (!iso) return null;
  const [year, month, day] = iso.split("-").map(Number);
  if (!month) return String(year);
  const shape = day ? { day: "numeric", month: "long", year: "numeric" } : { month: "long", year: "numeric" };
  return new Intl.DateTimeFormat("fr-FR", { ...shape, timeZone: "UTC" }).format(Date.UTC(year, month - 1, day || 1));
}

const recordPath = (rest) => `/v1/records/${encodeURIComponent(state.record)}/${rest}`;

async function call(path, options = {}) {
  const headers = new Headers(options.headers);
  if (state.token) headers.set("authorization", `Bearer ${state.token}`);
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail || response.statusText), { status: response.status });
}

function say(title, detail = "", bad = false) {
  $("status").classList.toggle("bad", bad);
  $("status").replaceChildren(...(title && detail ? [el("strong", {}, title), detail] : [title || detail]));
}

function failed(error) {
  if (error.name === "AbortError") return;
  const known = {
    400: "La recherche n’est pas comprise.", 401: "Le jeton d’accès n’est pas valable.",
    403: "Cet accès n’est pas permis.", 404: "Ce dossier n’existe pas, ou ne vous est pas ouvert.",
    503: "Le service est très demandé : réessayez dans un instant.", 504: "La recherche a pris trop de temps.",
  };
  say(known[error.status] || "Le service ne répond pas.", error.status === 400 ? error.message : "", true);
}

// ---- search

function filters() {
  const out = {};
  for (const [name, chosen] of state.filters) {
    const values = [...chosen.keys()];
    if (name === "year") {
      const years = values.map(Number);
      out.from = `${Math.min(...years)}-01-01`;
      out.to = `${Math.max(...years)}-12-31`;
    } else {
      out[name] = values;
    }
  }
  return out;
}

function question() {
  return { query: $("query").value.trim(), filters: filters(), ignore: [...state.ignored], limit: 10 };
}

let running = null;
async function search({ more = false } = {}) {
  if (!state.record) return;
  hideSuggestions();
  running?.abort();
  running = new AbortController();
  markView("results");
  // Another question is read anew.
  if ($("query").value.trim() !== state.typed) state.ignored.clear();
  state.typed = $("query").value.trim();
  const asked = more ? state.asked : question();
  if (!more) say("", "Recherche…");
  try {
    const response = await call(recordPath("search"), {
      method: "POST", signal: running.signal, headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...asked, cursor: more ? state.cursor : null }),
    });
    state.asked = asked;
    show(await response.json(), more);
  } catch (error) {
    failed(error);
  }
}

function show(answer, more) {
  learn([...answer.results, ...answer.near]);
  const list = $("results");
  const items = answer.results.map(resultItem);
  if (more) list.append(...items); else list.replaceChildren(...items);
  state.shown = more ? state.shown + items.length : items.length;
  state.cursor = answer.next_cursor;
  $("more").hidden = !answer.next_cursor;
  $("near").hidden = answer.near.length === 0;
  $("near-results").replaceChildren(...answer.near.map(resultItem));
  if (!more) showCards(answer.cards);
  showUnderstood(answer.understood);
  state.answer = answer;
  frameResults(answer);
  if (more) items[0]?.querySelector("button")?.focus();
}

/** What stands around the results: their number, the filters, the coverage. */
function frameResults(answer) {
  $("views").hidden = false;
  showStatus(answer);
  showFacets(answer.facets);
  showCoverage(answer.coverage);
}

// ---- results or timeline

function markView(view) {
  state.view = view;
  for (const name of ["results", "timeline"]) {
    $(`${name}-view`).hidden = name !== view;
    $(`show-${name}`).setAttribute("aria-current", String(name === view));
  }
  $("heading").textContent = view === "results" ? "Résultats" : "Frise";
}

/** Shows a view as it was left, or anew where the filters have changed since. */
function showView(view) {
  running?.abort();
  markView(view);
  if (view === "timeline") return resumeTimeline();
  leaveEpisode();
  if (JSON.stringify(state.asked) === JSON.stringify(question())) frameResults(state.answer);
  else search();
}

/** Another question: nothing chosen before holds. */
function clearChoices() {
  state.filters = new Map();
  state.episode = state.aside = null;
}

function showStatus(answer) {
  const time = `${answer.took_ms.total.toLocaleString("fr-FR", { maximumFractionDigits: 1 })} ms`;
  if (answer.total === 0) {
    const hint = state.filters.size > 0
      ? "Rien ne correspond avec ces filtres."
      : answer.coverage.pending > 0
        ? "Rien dans ce dossier ne correspond ; des documents sont encore en cours de lecture."
        : "Rien dans ce dossier ne correspond à ces mots.";
    say("Aucun résultat", hint);
  } else if (!state.asked.query) {
    say("", `${plural(answer.total, "élément", "éléments")} dans le dossier, du plus récent au plus ancien`);
  } else {
    say("", `${plural(answer.total, "résultat", "résultats")} (${time})`);
  }
}

/** What was read into the words, each part with a button that has it looked for as plain words. */
function showUnderstood({ concepts, corrections, types, authors, period, values, order, kinds, side, exclusions, family, missing }) {
  const parts = [];
  const part = (text, ignored) => parts.push(ignored
    ? el("span", {}, text, " ", el("button", { type: "button", class: "quiet", onclick: () => ignore(ignored) }, "Ignorer"))
    : el("span", {}, text));
  for (const { from, to } of corrections) part(`« ${from} » cherché comme « ${to} ».`);
  const meant = concepts.filter(({ query, label }) => query.toLowerCase() !== label.toLowerCase());
  if (meant.length) part(`Compris : ${meant.map((c) => `« ${c.query} » comme « ${c.label} »`).join(", ")}.`, "concepts");
  if (types.length) part(`Type compris : ${types.map((t) => t.display).join(", ")}.`);
  if (period) part(`Période : ${periodText(period)}.`, "period");
  for (const value of values) part(`Condition : ${value.measure} (« ${value.query} »).`, "values");
  if (authors.length) part(`Personne : ${authors.map(personText).join(", ")}.`, "authors");
  if (order) part(orderText(order), "order");
  for (const kind of kinds.filter((k) => k.all)) part(`« ${kind.query} » : ${kind.count} dans le dossier.`, "kinds");
  if (side) part(`Côté ${side.side === "left" ? "gauche" : "droit"} d’abord.`, "side");
  if (exclusions.length) part(`Écarté : ${exclusions.map((e) => `« ${e.query} »`).join(", ")}.`, "exclusions");
  if (family) part(`À propos de la famille (« ${family.query} »).`, "family");
  if (missing.length) part(`Absent du dossier : ${missing.map((w) => `« ${w} »`).join(", ")}.`);
  $("understood").hidden = parts.length === 0;
  $("understood").replaceChildren(...parts.flatMap((p) => [p, " "]));
}

function personText({ query, names, specialties, role }) {
  const known = names.length ? names.slice(0, 3).join(", ") : specialties.join(", ");
  const text = known ? `${query} (${known})` : query;
  return role === "addressee" ? `à l’attention de ${text}` : text;
}

function orderText({ first, count }) {
  const which = first === "newest" ? "plus récents" : "plus anciens";
  return count ? `Les ${count} ${which} d’abord.` : `Les ${which} d’abord.`;
}

function periodText({ query, from, to, month }) {
  if (month) return `« ${query} », de toute année`;
  if (from && to) return from === to ? frenchDate(from) : `du ${frenchDate(from)} au ${frenchDate(to)}`;
  return from ? `depuis le ${frenchDate(from)}` : `jusqu’au ${frenchDate(to)}`;
}

function ignore(reading) {
  state.ignored.add(reading);
  search();
}

/** Text with marks: offsets are in code points, JavaScript counts UTF-16 units. */
function marked({ text, highlights }) {
  const points = [...text];
  const out = [];
  let at = 0;
  for (const [start, end] of highlights) {
    if (start < at) continue;
    out.push(points.slice(at, start).join(""), el("mark", {}, points.slice(start, end).join("")));
    at = end;
  }
  out.push(points.slice(at).join(""));
  return out;
}

/** What is said of a result under its title. */
function resultFacts(result) {
  const author = result.author && [result.author.name, result.author.specialty || result.author.institution];
  const type = result.type && result.type.display !== result.title ? result.type.display : KINDS[result.kind];
  const meta = [frenchDate(result.date), type, author && author.filter(Boolean).join(", "),
    result.versions > 1 && plural(result.versions, "version", "versions")].filter(Boolean);
  const words = [STATES[result.status], ...result.context.map((c) => CONTEXTS[c]), ...(result.visibility || []).map((code) => FLAGS[code])];
  return { meta, badges: words.filter(Boolean).map((word) => el("span", { class: "badge" }, word)) };
}

function resultItem(result) {
  const { meta, badges } = resultFacts(result);
  const acts = [result.kind === "document" ? original(result.item) : null, episodeButton(result)].filter(Boolean);
  return el("li", {},
    el("article", { class: "result" },
      el("h3", {}, el("button", { type: "button", onclick: () => openItem(result.item) }, result.title || KINDS[result.kind])),
      el("p", { class: "meta" }, ...meta.map((m) => el("span", {}, m))),
      ...badges,
      ...result.snippets.map((snippet) => el("p", { class: "snippet" }, ...marked(snippet),
        snippet.page ? el("span", { class: "page" }, ` (page ${snippet.page})`) : null,
        snippet.ocr_confidence == null ? null : el("span", { class: "page" }, ` (lu sur une image, sûr à ${percent(snippet.ocr_confidence)})`))),
      whyPart(result.why, "Pourquoi ce résultat ?"),
      relatedPart(result),
      acts.length ? el("p", { class: "acts" }, ...acts) : null));
}

// ---- facets

function toggle(name, value, label) {
  const chosen = state.filters.get(name) || new Map();
  if (chosen.has(value)) chosen.delete(value); else chosen.set(value, label);
  if (chosen.size) state.filters.set(name, chosen); else state.filters.delete(name);
  if (state.view === "timeline") loadTimeline(); else search();
}

function facetLabel(facet, { value, display }) {
  return facet === "kind" ? KINDS[value] || value : display || value;
}

function showFacets(facets) {
  const groups = FACETS.filter(([facet]) => (facets[facet] || []).length > 0).map(([facet, filter, title]) => {
    const buttons = facets[facet].slice(0, FACET_VALUES).map((entry) => {
      const label = facetLabel(facet, entry);
      const pressed = state.filters.get(filter)?.has(entry.value) || false;
      return el("li", {}, el("button", {
        type: "button", "aria-pressed": String(pressed), onclick: () => toggle(filter, entry.value, label),
      }, el("span", {}, label), el("span", { class: "count" }, String(entry.count))));
    });
    return el("section", {}, el("h2", {}, title), el("ul", {}, ...buttons));
  });
  $("facets").hidden = groups.length === 0;
  $("facets").replaceChildren(...groups);
  const chips = [...state.filters].flatMap(([name, chosen]) => [...chosen].map(([value, label]) =>
    el("li", {}, el("button", { type: "button", "aria-label": `Retirer le filtre ${label}`, onclick: () => toggle(name, value, label) }, `${label} ✕`))));
  chips.unshift(...[episodeChip()].filter(Boolean));
  $("chips").hidden = chips.length === 0;
  $("chips").replaceChildren(...chips);
}

function showCoverage({ documents, searched, by_meaning: byMeaning, pending, unreadable }) {
  const meaning = byMeaning ? `Recherche par le sens dans ${plural(byMeaning, "document", "documents")}.` : "Pas de recherche par le sens dans ce dossier.";
  const parts = [`${plural(documents, "document connu", "documents connus")}, ${searched.toLocaleString("fr-FR")} cherché${searched > 1 ? "s" : ""} dans leur texte`];
  if (pending) parts.push(`${pending.toLocaleString("fr-FR")} en cours de lecture`);
  const line = el("p", {}, `${parts.join(", ")}. ${meaning}`);
  const list = unreadable.length ? el("details", {},
    el("summary", {}, plural(unreadable.length, "document n’est pas lu, ou pas en entier", "documents ne sont pas lus, ou pas en entier")),
    el("ul", {}, ...unreadable.map((u) => el("li", {},
      el("button", { type: "button", class: "quiet", onclick: () => openItem(u.item) }, "Voir"), ` ${u.message}${u.partly ? " (lu en partie)" : ""}`)))) : null;
  $("coverage").hidden = documents === 0;
  $("coverage").replaceChildren(line, ...(list ? [list] : []));
}

// ---- suggestions: a combobox with a list (WAI-ARIA 1.2)

let typing = null;
let suggesting = null;
let active = -1;

function hideSuggestions() {
  clearTimeout(typing);
  suggesting?.abort();
  active = -1;
  $("suggestions").hidden = true;
  $("query").setAttribute("aria-expanded", "false");
  $("query").removeAttribute("aria-activedescendant");
}

async function suggest() {
  const typed = $("query").value;
  if (!state.record || typed.trim().length < 2) return hideSuggestions();
  suggesting?.abort();
  suggesting = new AbortController();
  try {
    const response = await call(recordPath(`suggest?q=${encodeURIComponent(typed)}`), { signal: suggesting.signal });
    const { suggestions } = await response.json();
    if ($("query").value !== typed || document.activeElement !== $("query")) return;
    active = -1;
    $("suggestions").replaceChildren(...suggestions.map((s, i) => el("li", {
      id: `suggestion-${i}`, role: "option", "aria-selected": "false", "data-text": s.text,
      onmousedown: (event) => { event.preventDefault(); choose(s.text); },
    }, el("span", {}, s.text), el("small", {}, SUGGESTED[s.kind] || ""))));
    $("suggestions").hidden = suggestions.length === 0;
    $("query").setAttribute("aria-expanded", String(suggestions.length > 0));
  } catch {
    hideSuggestions();
  }
}

function choose(text) {
  $("query").value = text;
  clearChoices();
  search();
}

function move(step) {
  const options = [...$("suggestions").children];
  // One more place than options: there, nothing is chosen and the typed text stands.
  const places = options.length + 1;
  active = (active + 1 + step + places) % places - 1;
  options.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
  if (options[active]) $("query").setAttribute("aria-activedescendant", options[active].id);
  else $("query").removeAttribute("aria-activedescendant");
}

$("query").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(suggest, 120);
});
$("query").addEventListener("blur", hideSuggestions);
$("query").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if ($("suggestions").hidden) return;
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape" && !$("suggestions").hidden) {
    event.preventDefault();
    hideSuggestions();
  } else if (event.key === "Enter" && !$("suggestions").hidden) {
    const option = $("suggestions").children[active];
    if (option) {
      event.preventDefault();
      choose(option.dataset.text);
    }
  }
});

// ---- start

$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  clearChoices();
  search();
});
$("more").addEventListener("click", () => search({ more: true }));
$("timeline-more").addEventListener("click", () => loadTimeline({ more: true }));
$("show-results").addEventListener("click", () => showView("results"));
$("show-timeline").addEventListener("click", () => showView("timeline"));
$("item-close").addEventListener("click", () => $("item").close());
$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  state.record = $("record-id").value.trim();
  state.token = $("token").value.trim();
  begin();
});

function begin() {
  // Another record, or another reader: nothing read before may stay.
  titles.clear();
  clearTimeline();
  state.asked = state.answer = null;
  clearChoices();
  $("query").value = "";
  search();
  $("query").focus();
}

function showExamples(examples) {
  $("examples").hidden = examples.length === 0;
  $("examples").replaceChildren("Par exemple :", ...examples.map((text) =>
    el("button", { type: "button", onclick: () => choose(text) }, text)));
}

async function start() {
  const session = await (await call("/page/session")).json();
  state.demo = session.login === "none";
  if (!state.demo) {
    $("login").hidden = false;
    say("", "Indiquez le dossier et un jeton d’accès. Le jeton reste dans cette page et disparaît avec elle.");
    return;
  }
  const open = () => {
    const record = session.records.find((r) => r.id === $("record-choice").value) || session.records[0];
    if (!record) return say("Il n’y a pas encore de dossier.", "", true);
    state.record = record.id;
    showExamples(record.examples);
    begin();
  };
  $("choose").hidden = false;
  $("record-choice").replaceChildren(...session.records.map((r) => el("option", { value: r.id }, r.label)));
  $("record-choice").addEventListener("change", open);
  open();
}

start().catch(failed);
