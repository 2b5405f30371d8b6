// Cards: what the record says of one thing, each statement with its sources. They stand above the results.
"use strict";

const CARD_KINDS = {
  measure: "Mesure", treatment: "Traitement", event: "Événement", vaccine: "Vaccination", allergy: "Allergie",
  condition: "Maladie ou antécédent",
};
/** Shown before the button for the rest. */
const CARDS = 3;
const SOURCES = 4;
const BELONGING = 5;

function showCards(cards) {
  const nodes = (cards || []).map(cardPart);
  $("cards").hidden = nodes.length === 0;
  $("card-list").replaceChildren(...(nodes.length ? few(nodes, CARDS) : []));
}

function cardPart(card, index) {
  const id = `card-${index}`;
  const title = card.item ? itemButton(card.item, card.title) : card.title;
  const items = [...new Set(card.items)].filter((item) => item !== card.item);
  return el("section", { class: `card${card.series ? " wide" : ""}`, "aria-labelledby": id },
    el("p", { class: "kind" }, CARD_KINDS[card.type] || ""),
    el("h3", { id }, title),
    card.text ? el("p", { class: "line" }, card.text) : null,
    card.fields.length ? el("dl", {}, ...card.fields.flatMap(fieldNodes)) : null,
    card.series?.points.length ? seriesPart(card.series) : null,
    items.length ? el("div", { class: "belong" }, el("span", {}, "Figure dans : "), el("ul", {}, ...namedItems(items, BELONGING))) : null,
    whyPart(card.why, "Pourquoi cette fiche ?"));
}

function fieldNodes({ name, label, text, value, sources }) {
  const said = value ? el("time", { datetime: value }, text) : text;
  return [el("dt", {}, label), el("dd", { class: name === "disagreement" ? "differs" : null }, said, sourceList(sources))];
}

/** A button for each source, which opens the item at the quoted place. */
function sourceList(sources, name = itemName) {
  const one = new Map(sources.map((s) => [`${s.item} ${s.page} ${s.quote}`, s]));
  if (one.size === 0) return null;
  const buttons = [...one.values()].map((source) => el("li", {}, el("button", {
    type: "button", class: "source", title: source.quote ? `« ${source.quote} »` : null, onclick: () => openItem(source.item, source),
  }, el("span", { class: "hidden" }, "Source : "), `${name(source.item)}${source.page ? `, page\u00a0${source.page}` : ""}`)));
  return el("ul", { class: "sources" }, ...few(buttons, SOURCES));
}

/** Why something is shown, for who asks. */
function whyPart(why, question) {
  const reasons = [...new Set((why || []).map((w) => w.text).filter(Boolean))];
  return reasons.length ? el("details", { class: "why" }, el("summary", {}, question),
    el("ul", {}, ...reasons.map((text) => el("li", {}, text)))) : null;
}

// On paper nothing opens: the values are printed, and closed again after.
let printed = [];
addEventListener("beforeprint", () => {
  printed = [...document.querySelectorAll("details.values:not([open])")];
  for (const part of printed) part.open = true;
});
addEventListener("afterprint", () => {
  for (const part of printed) part.open = false;
});
