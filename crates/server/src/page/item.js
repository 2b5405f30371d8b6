// One item: its dialog, the way to its original, its place among others.
"use strict";

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

async function openItem(item) {
  try {
    const response = await call(recordPath(`items/${item}?text=true`));
    const found = await response.json();
    $("item-title").textContent = found.title || KINDS[found.kind];
    $("item-body").replaceChildren(...itemParts(found));
    if (!$("item").open) $("item").showModal();
    $("item").scrollTop = 0;
  } catch (error) {
    failed(error);
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
  if (found.content?.pages?.length) parts.push(el("div", { class: "text" }, ...found.content.pages.flatMap(pageParts)));
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

function pageParts({ page, lines }) {
  const text = lines.map((line) =>
    el("p", { class: line.heading ? "title" : line.starts_block ? "block" : null }, line.text));
  return [page ? el("h3", {}, `Page ${page}`) : null, ...text].filter(Boolean);
}

