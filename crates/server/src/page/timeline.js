// The record by date: years, months and, in them, what happened together.
"use strict";

const PAGE = 50;
const UNDATED = "Sans date";

/** What the timeline shows now; `places` are its lists by year, month and episode. */
const timeline = { asked: null, answer: null, cursor: null, shown: new Set(), episodes: new Map(), places: new Map() };

function timelineParameters() {
  const parameters = new URLSearchParams({ limit: PAGE });
  for (const [name, value] of Object.entries(filters())) {
    for (const one of [value].flat()) parameters.append(name, one);
  }
  if (state.episode) parameters.append("episode", state.episode.id);
  return parameters.toString();
}

async function loadTimeline({ more = false } = {}) {
  running?.abort();
  running = new AbortController();
  const asked = more ? timeline.asked : recordPath(`timeline?${timelineParameters()}`);
  if (!more) say("", "Lecture de la frise…");
  try {
    const path = more ? `${asked}&cursor=${encodeURIComponent(timeline.cursor)}` : asked;
    const answer = await (await call(path, { signal: running.signal })).json();
    showTimeline(answer, asked, more);
  } catch (error) {
    if (error.name !== "AbortError" && !more) clearTimeline();
    failed(error);
  }
}

function clearTimeline() {
  $("timeline").replaceChildren();
  $("timeline-more").hidden = true;
  Object.assign(timeline, { asked: null, answer: null, cursor: null, shown: new Set(), episodes: new Map(), places: new Map() });
}

/** Shows the timeline under the present filters, as it was left where they are the same. */
function resumeTimeline() {
  if (timeline.asked === recordPath(`timeline?${timelineParameters()}`)) frameTimeline(timeline.answer);
  else loadTimeline();
}

function showTimeline(answer, asked, more) {
  if (!more) clearTimeline();
  Object.assign(timeline, { asked, answer, cursor: answer.next_cursor });
  learn(answer.results);
  for (const episode of answer.episodes || []) timeline.episodes.set(episode.id, episode);
  const entries = answer.results.filter((r) => !timeline.shown.has(r.item)).map(timelineEntry);
  $("timeline-more").hidden = !answer.next_cursor;
  frameTimeline(answer);
  if (more) entries[0]?.querySelector("button")?.focus();
}

/** What stands around the timeline: its first line, the filters, the coverage. */
function frameTimeline(answer) {
  const query = $("query").value.trim();
  const count = plural(answer.total, "élément", "éléments");
  if (answer.total === 0 && state.episode) say("Rien à montrer", "Aucun élément visible dans cet épisode.");
  else if (answer.total === 0) say("Rien à montrer", state.filters.size ? "Rien ne correspond avec ces filtres." : "Ce dossier ne contient encore rien.");
  else if (state.episode) say("", `${count} dans cet épisode, du plus récent au plus ancien`);
  else say("", `${count}, du plus récent au plus ancien${query ? ` ; la frise ne tient pas compte de « ${query} »` : ""}`);
  showFacets(answer.facets);
  showCoverage(answer.coverage);
}

// ---- places

/** The list that `key` names, made where it is not there yet. */
function placeOf(key, make) {
  if (!timeline.places.has(key)) timeline.places.set(key, make());
  return timeline.places.get(key);
}

function headed(parent, tag, text, kind) {
  const id = `frise-${timeline.places.size}`;
  const section = el("section", { class: kind, "aria-labelledby": id }, el(tag, { id }, text));
  parent.append(section);
  return section;
}

function yearPlace(year) {
  return placeOf(year, () => headed($("timeline"), "h2", year, "year"));
}

function monthPlace(date) {
  const [year, month] = (date || "").split("-");
  const name = month ? new Intl.DateTimeFormat("fr-FR", { month: "long", timeZone: "UTC" }).format(Date.UTC(2000, month - 1)) : "";
  const key = `${year}-${month || ""}`;
  return placeOf(key, () => {
    const list = el("ol", {});
    // A year or a month alone says no more than its parent's heading.
    const parent = yearPlace(year || UNDATED);
    (year ? headed(parent, "h3", name ? name[0].toUpperCase() + name.slice(1) : "Mois non précisé", "month") : parent).append(list);
    return Object.assign(list, { key });
  });
}

function episodeOf({ item, episode }) {
  if (episode) return timeline.episodes.get(episode.id) || episode;
  // The follow-up of years would bracket everything: it is shown when it is asked for.
  const told = [...timeline.episodes.values()].filter((e) => e.kind !== "follow-up");
  return told.find((e) => e.items?.includes(item)) || null;
}

/** The list of an episode in one month: a long episode goes on under several, so that dates stay in order. */
function episodePlace(month, episode) {
  return placeOf(`${month.key} ${episode.id}`, () => {
    const again = timeline.places.has(`episode ${episode.id}`);
    placeOf(`episode ${episode.id}`, () => month);
    const id = `frise-${timeline.places.size}`;
    const list = el("ol", { "aria-labelledby": id });
    const name = `${episode.title}${again ? " (suite)" : ""}`;
    const title = state.episode ? name
      : el("button", { type: "button", class: "link", title: "Ne montrer que cet épisode", onclick: () => openEpisode(episode) }, name);
    month.append(el("li", { class: "episode" }, el("h4", { id }, title), again ? null : episodeLine(episode), list));
    return list;
  });
}

/** When, where and how much, as far as the title does not say it. */
function episodeLine({ title, from, to, place, count }) {
  const parts = [
    from && !/\d{4}/.test(title) && spanText(from, to),
    place && !title.includes(place) && place,
    count && plural(count, "élément", "éléments"),
  ].filter(Boolean);
  return parts.length ? el("p", { class: "meta" }, ...parts.map((p) => el("span", {}, p))) : null;
}

function spanText(from, to) {
  if (!to) return `depuis ${from.length === 10 ? "le " : ""}${frenchDate(from)}`;
  return from === to ? frenchDate(from) : `du ${frenchDate(from)} au ${frenchDate(to)}`;
}

function timelineEntry(result) {
  timeline.shown.add(result.item);
  const month = monthPlace(result.date);
  const episode = episodeOf(result);
  const { meta, badges } = resultFacts(result);
  const entry = el("li", { class: "entry" },
    el(episode ? "h5" : "h4", {}, itemButton(result.item, result.title || KINDS[result.kind])),
    el("p", { class: "meta" }, ...meta.map((m) => el("span", {}, m))), ...badges);
  (episode ? episodePlace(month, episode) : month).append(entry);
  return entry;
}

// ---- one episode

/** A button for the episode of a result. */
function episodeButton({ episode }) {
  return episode ? el("button", { type: "button", onclick: () => openEpisode(episode) }, episode.title) : null;
}

/** Shows one episode whole: the filters are put aside, for they would hide some of it. */
function openEpisode({ id, title }) {
  if (!state.episode) state.aside = state.filters;
  state.filters = new Map();
  state.episode = { id, title };
  showView("timeline");
  $("found").focus();
}

/** Back to all of the record, under the filters that were chosen before. */
function leaveEpisode() {
  if (state.episode) state.filters = state.aside;
  state.episode = state.aside = null;
}

function episodeChip() {
  return state.episode ? el("li", {}, el("button", {
    type: "button", "aria-label": "Revenir à tout le dossier", onclick: () => { leaveEpisode(); showView("timeline"); },
  }, "Un seul épisode ✕")) : null;
}
