// One item: its dialog, the way to its original, its place among others.
"use strict";

const ITEM_KINDS = {
  DocumentReference: "Document", MedicationStatement: "Traitement", MedicationRequest: "Prescription", Encounter: "Événement",
  Appointment: "Rendez-vous", Procedure: "Acte", Observation: "Mesure ou résultat", Condition: "Maladie ou antécédent",
  AllergyIntolerance: "Allergie", Immunization: "Vaccination",
};
/** Items named at one press: each unknown one costs a call. */
const NAMED_AT_ONCE = 10;
/** Links shown before the button for the rest. */
const LINKS = 8;

/** What answers called their items: cards and sources name theirs by reference alone. */
const titles = new Map();

function learn(items) {
  for (const { item, title, date } of items) {
    if (title) titles.set(item, [title, frenchDate(date)].filter(Boolean).join(", "));
  }
}

const itemKind = (item) => ITEM_KINDS[item.split("/")[0]] || "Élément";
const itemName = (item) => titles.get(item) || itemKind(item);

function itemButton(item, text = itemName(item)) {
  return el("button", { type: "button", class: "link", onclick: () => openItem(item) }, text);
}

/** A long list is cut, with a button for the rest. */
function few(nodes, most) {
  // A button in place of one node would save no room.
  if (nodes.length <= most + 1) return nodes;
  const rest = nodes.slice(most);
  const button = el("button", { type: "button", class: "quiet" }, `Afficher ${rest.length} de plus`);
  const place = nodes[0].tagName === "LI" ? el("li", {}, button) : button;
  button.addEventListener("click", () => {
    place.replaceWith(...rest);
    rest[0].querySelector("button")?.focus();
  });
  return [...nodes.slice(0, most), place];
}

/** A list item for each item; those that no answer named yet are named when asked for, as each costs a call. */
function namedItems(items, most) {
  const entry = (item) => el("li", {}, itemButton(item));
  const known = few(items.filter((i) => titles.has(i)).map(entry), most);
  const unknown = items.filter((i) => !titles.has(i));
  return unknown.length ? [...known, naming(unknown, known.length > 0, entry)] : known;
}

function naming(items, others, entry) {
  const label = plural(items.length, others ? "autre élément" : "élément", others ? "autres éléments" : "éléments");
  const place = el("li", {}, el("button", { type: "button", class: "quiet", onclick: async () => {
    const [now, later] = [items.slice(0, NAMED_AT_ONCE), items.slice(NAMED_AT_ONCE)];
    await Promise.all(now.map(nameItem));
    const entries = now.map(entry);
    place.replaceWith(...entries, ...(later.length ? [naming(later, true, entry)] : []));
    entries[0].querySelector("button").focus();
  } }, `Voir ${label}`));
  return place;
}

/** An item that cannot be read keeps the name of its kind: its button tells why when pressed. */
async function nameItem(item) {
  try {
    learn([await (await call(recordPath(`items/${item}`))).json()]);
  } catch {
    // nothing to do
  }
}

/** A link to the original. With a token it must be fetched: a plain link sends none. */
function original(item) {
  const path = recordPath(`items/${item}/content`);
  if (state.demo) return el("a", { href: path, target: "_blank", rel: "noopener noreferrer" }, "Ouvrir l’original");
  return el("button", { type: "button", onclick: async () => {
    try {
      const response = await call(path);
      const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") || "");
      const url = URL.createObjectURL(await response.blob());
      el("a", { href: url, download: name ? name[1] : "document" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      if (error.status === 404) say("L’original de ce document n’est pas dans le dossier.", "", true);
      else failed(error);
    }
  } }, "Télécharger l’original");
}

/** Shows an item; `place` is the page and the words to show of it. */
async function openItem(item, place = {}) {
  try {
    const response = await call(recordPath(`items/${item}?text=true`));
    const found = await response.json();
    learn([found]);
    $("item-title").textContent = found.title || KINDS[found.kind];
    $("item-body").replaceChildren(...itemParts(found));
    if (!$("item").open) $("item").showModal();
    $("item").scrollTop = 0;
    showPlace(place);
  } catch (error) {
    failed(error);
  }
}

/** Scrolls to the words that a source quotes, or to its page where the words stand otherwise in the text. */
function showPlace({ page, quote }) {
  const part = page && [...$("item-body").querySelectorAll("[data-page]")].find((p) => p.dataset.page === String(page));
  const quoted = quote ? quotedLines(part || $("item-body"), quote) : [];
  for (const line of quoted) line.replaceChildren(el("mark", {}, line.textContent));
  if (quoted.length) quoted[0].scrollIntoView({ block: "center" });
  else if (part) part.scrollIntoView({ block: "start" });
}

/** The line that has the quote or, where the quote goes over several, those that it has. */
function quotedLines(within, quote) {
  const plain = (text) => text.replace(/\s+/g, " ").trim().toLowerCase();
  const sought = plain(quote);
  const lines = [...within.querySelectorAll(".text p")].filter((p) => plain(p.textContent));
  const whole = lines.find((p) => plain(p.textContent).includes(sought));
  if (whole) return [whole];
  // Shorter lines stand in too many quotes by chance.
  return lines.filter((p) => plain(p.textContent).length >= 8 && sought.includes(plain(p.textContent)));
}

/** What an item belongs with; `others` are items known to belong to it that no link names. */
function linkList(links, others = []) {
  const linked = new Map(links.filter((l) => l.item).map((l) => [l.item, l]));
  learn([...linked.values()]);
  const rows = [...linked.values()].map((link) => el("li", {}, itemButton(link.item),
    link.text ? el("span", { class: "how" }, ` ${link.text}`) : null));
  const rest = namedItems(others.filter((i) => !linked.has(i)), LINKS);
  return rows.length + rest.length ? el("ul", { class: "links" }, ...few(rows, LINKS), ...rest) : null;
}

/** « 3 éléments liés », read when opened. */
function relatedPart({ item, related }) {
  if (!related?.length) return null;
  const body = el("div", {});
  const part = el("details", { class: "why", ontoggle: () => {
    if (part.open && !body.hasChildNodes()) fillRelated(body, item, related);
  } }, el("summary", {}, plural(related.length, "élément lié", "éléments liés")), body);
  return part;
}

async function fillRelated(body, item, related) {
  body.replaceChildren(el("p", { role: "status" }, "Lecture…"));
  try {
    const { links } = await (await call(recordPath(`items/${item}`))).json();
    // The answer counts some of the links: the others are for the item's own view.
    const counted = links.filter((l) => related.includes(l.item));
    learn(counted);
    await Promise.all(related.filter((i) => !titles.has(i)).slice(0, NAMED_AT_ONCE).map(nameItem));
    body.replaceChildren(linkList(counted, related));
  } catch {
    body.replaceChildren(el("p", { role: "alert" }, "Les éléments liés n’ont pas pu être lus. ",
      el("button", { type: "button", class: "quiet", onclick: () => fillRelated(body, item, related) }, "Réessayer")));
  }
}

function itemParts(found) {
  const doc = found.document || {};
  const coded = (code) => code && (code.display || code.code);
  const authors = found.authors.map((a) => [a.name, coded(a.specialty), a.institution].filter(Boolean).join(", "));
  const measures = found.measures.map((m) => [coded(m.code), m.value !== null ? `${m.comparator === "=" ? "" : m.comparator} ${m.value.toLocaleString("fr-FR")} ${m.unit || ""}`.trim() : m.text].filter(Boolean).join(" : "));
  const rows = [
    ["Nature", KINDS[found.kind]], ["Type", coded(doc.type)], ["Catégorie", doc.category?.display],
    ["Date", frenchDate(found.date)], ["Jusqu’au", found.end !== found.date && frenchDate(found.end)],
    ["Auteur", authors.join(" ; ")], ["État", STATES[found.status]],
    ["Visibilité", (found.visibility || []).map((code) => FLAGS[code]).filter(Boolean).join(", ")],
    ["Lecture", found.content && pagesRead(found.content.coverage)],
    ["Mesure", measures.join(" ; ")], ["Précisions", found.notes.map((n) => n.text).join(" ; ")],
  ].filter(([, value]) => value);
  const parts = [el("dl", {}, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))];
  const acts = [];
  if (found.kind === "document") acts.push(original(found.item));
  if (found.stated_by) acts.push(el("button", { type: "button", onclick: () => openItem(found.stated_by) }, "Voir le document"));
  if (acts.length) parts.push(el("p", { class: "acts" }, ...acts));
  const links = linkList(found.links);
  if (links) parts.push(el("section", { class: "linked" }, el("h3", {}, "Éléments liés"), links));
  if (found.content?.pages?.length) parts.push(el("div", { class: "text" }, ...found.content.pages.map(pagePart)));
  else if (found.kind === "document") parts.push(el("p", { class: "status" }, found.content ? "Le texte de ce document n’a pas pu être lu." : "Le texte de ce document n’est pas encore lu."));
  return parts;
}

/** 0.914 → « 91 % ». */
function percent(part) {
  return part.toLocaleString("fr-FR", { style: "percent" });
}

/** How the pages of a document were read, in one sentence. */
function pagesRead({ pages, text, ocr, ocr_confidence: sure, unreadable, repaired }) {
  if (!pages) return "";
  const parts = [plural(pages, "page", "pages")];
  if (ocr) parts.push(`${ocr.toLocaleString("fr-FR")} lue${ocr > 1 ? "s" : ""} sur une image${sure == null ? "" : ` (sûr à ${percent(sure)})`}`);
  if (ocr && text) parts.push(`${text.toLocaleString("fr-FR")} de texte`);
  for (const { page, message } of unreadable) parts.push(page ? `page ${page} : ${message}` : message);
  if (repaired) parts.push("fichier abîmé, réparé pour être lu");
  return parts.join(" ; ");
}

function pagePart({ page, lines }) {
  const text = lines.map((line) =>
    el("p", { class: line.heading ? "title" : line.starts_block ? "block" : null }, line.text));
  return el("section", { "data-page": page }, page ? el("h3", {}, `Page ${page}`) : null, ...text);
}
