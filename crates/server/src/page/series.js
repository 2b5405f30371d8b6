// The values of one measure: a chart and a table. Everything the chart tells by colour it tells by shape too.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
/** Sizes in units of the view box; the margins hold the labels. */
const CHART = { width: 320, height: 190, left: 46, right: 46, top: 30, bottom: 26 };
/** With as few values the table is open from the start. */
const FEW_VALUES = 5;
/** Beyond, marks are drawn smaller. */
const DENSE = 40;
const COMPARATORS = { "<": "< ", "<=": "≤ ", ">": "> ", ">=": "≥ " };

let charts = 0;

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter(Boolean));
  return node;
}

const known = (number) => typeof number === "number";
const numeral = (number) => number.toLocaleString("fr-FR", { maximumFractionDigits: 6 });

function valueText({ value, value2, comparator }, unit) {
  const numbers = [value, value2].filter(known).map(numeral).join("/");
  return `${COMPARATORS[comparator] || ""}${numbers}${unit ? ` ${unit}` : ""}`;
}

function rangeText(low, high) {
  if (known(low) && known(high)) return `${numeral(low)} à ${numeral(high)}`;
  if (known(low)) return `plus de ${numeral(low)}`;
  return known(high) ? `moins de ${numeral(high)}` : "";
}

/** A date that is not known to the day stands in the middle of what is known. */
function timeOf(date) {
  const [year, month, day] = (date || "").split("-").map(Number);
  return year ? Date.UTC(year, month ? month - 1 : 6, day || (month ? 15 : 1)) : null;
}

function seriesPart(series) {
  const points = series.points.map((p) => ({ ...p, at: timeOf(p.date) })).filter((p) => known(p.value) && p.at !== null);
  return el("div", { class: "series" },
    // One point draws no course.
    points.length > 1 ? el("figure", {}, seriesChart(series, points), seriesKey(points)) : null,
    seriesTable(series));
}

// ---- chart

function seriesChart(series, points) {
  const plot = plotOf(series, points);
  const id = `reference-${charts += 1}`;
  return svg("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, role: "img", "aria-label": series.text || series.title },
    ...bandNodes(series, plot, id), ...axisNodes(series, points, plot), ...lineNodes(points, plot),
    ...points.flatMap((p) => pointNodes(p, plot, series.unit, points.length > DENSE ? 2 : 3.5)));
}

/** Where dates and values stand. An outlier does not stretch the scale: it stands at the edge, with its value. */
function plotOf({ low, high }, points) {
  const regular = points.filter((p) => !p.outlier);
  const values = (regular.length ? regular : points).flatMap((p) => [p.value, p.value2]).filter(known);
  const all = [...values, low, high].filter(known);
  const times = points.map((p) => p.at);
  const [bottom, top] = [Math.min(...all), Math.max(...all)];
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const [right, foot] = [CHART.width - CHART.right, CHART.height - CHART.bottom];
  // Room for the marks, and for values that are all the same.
  const pad = (top - bottom) * 0.08 || Math.abs(top) * 0.1 || 1;
  const y = (value) => {
    const part = Math.min(1, Math.max(0, (value - bottom + pad) / (top - bottom + 2 * pad)));
    return foot - part * (foot - CHART.top);
  };
  const inner = { left: CHART.left + 8, right: right - 8 };
  const x = (at) => last === first ? (CHART.left + right) / 2 : inner.left + (at - first) / (last - first) * (inner.right - inner.left);
  return { x, y, right, foot, first, last, lowest: Math.min(...values), highest: Math.max(...values) };
}

/** The reference range: hatched, outlined and named, so that it reads without colour. */
function bandNodes({ low, high }, { y, right, foot }, id) {
  if (!known(low) && !known(high)) return [];
  const [top, bottom] = [known(high) ? y(high) : CHART.top, known(low) ? y(low) : foot];
  const line = (at) => svg("line", { class: "limit", x1: CHART.left, x2: right, y1: at, y2: at });
  const label = (value, at) => svg("text", { x: right + 5, y: at + 4 }, numeral(value));
  const apart = !known(low) || !known(high) || bottom - top > 13;
  return [
    svg("defs", {}, svg("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("line", { class: "hatch", x1: 0, x2: 0, y1: 0, y2: 6 }))),
    svg("rect", { class: "band", x: CHART.left, y: top, width: right - CHART.left, height: Math.max(bottom - top, 1), fill: `url(#${id})` }),
    known(high) && line(top), known(low) && line(bottom),
    // Two labels on one another would read as neither: the line above the chart tells both.
    known(high) && apart && label(high, top), known(low) && apart && label(low, bottom),
    svg("rect", { class: "band swatch", x: right - 13, y: 7, width: 13, height: 10, fill: `url(#${id})` }),
    svg("text", { x: right - 18, y: 16, "text-anchor": "end" }, `Référence : ${rangeText(low, high)}`),
  ].filter(Boolean);
}

function axisNodes({ unit }, points, { y, right, foot, first, last, lowest, highest }) {
  const word = (text, x, at, anchor) => svg("text", { x, y: at, "text-anchor": anchor }, text);
  const value = (number) => word(numeral(number), CHART.left - 5, y(number) + 4, "end");
  const dateAt = (at) => frenchDate(points.find((p) => p.at === at).date);
  const dates = first === last
    ? [word(dateAt(first), (CHART.left + right) / 2, foot + 18, "middle")]
    : [word(dateAt(first), 4, foot + 18, "start"), word(dateAt(last), CHART.width - 4, foot + 18, "end")];
  return [
    svg("path", { class: "axis", d: `M${CHART.left} ${CHART.top}V${foot}H${right}` }),
    unit && word(unit, 4, 16, "start"),
    value(highest), y(lowest) - y(highest) > 13 && value(lowest), ...dates,
  ].filter(Boolean);
}

function lineNodes(points, { x, y }) {
  const course = (name) => points.filter((p) => !p.outlier && known(p[name])).sort((a, b) => a.at - b.at)
    .map((p, i) => `${i ? "L" : "M"}${x(p.at).toFixed(1)} ${y(p[name]).toFixed(1)}`).join("");
  return [svg("path", { class: "course", d: course("value") }), svg("path", { class: "course second", d: course("value2") })]
    .filter((path) => path.getAttribute("d").includes("L"));
}

function pointNodes(point, { x, y, right }, unit, size) {
  const at = x(point.at);
  const title = [`${frenchDate(point.date)} : ${valueText(point, unit)}`, ...markWords(point)].join(", ");
  const names = ["point", point.ocr && "hollow", point.outlier && "outlier"].filter(Boolean).join(" ");
  const mark = (value) => {
    const [height, wide] = [y(value), size * 1.5];
    const said = svg("title", {}, title);
    return point.outlier
      ? svg("path", { class: names, d: `M${at} ${height - wide}l${wide} ${wide}l${-wide} ${wide}l${-wide} ${-wide}z` }, said)
      : svg("circle", { class: names, cx: at, cy: height, r: size }, said);
  };
  const nodes = [point.value, point.value2].filter(known).map(mark);
  if (point.outlier) {
    const before = at > right - 50;
    nodes.push(svg("text", { x: at + (before ? -8 : 8), y: y(point.value) + 4, "text-anchor": before ? "end" : "start", class: "halo" },
      valueText(point, "")));
  }
  return nodes;
}

/** What the shapes mean, of those that are drawn. */
function seriesKey(points) {
  const parts = [
    points.some((p) => known(p.value2)) && "Trait plein : systolique ; tirets : diastolique.",
    points.some((p) => p.outlier) && "Losange : hors de la série, non relié.",
    points.some((p) => p.ocr) && "Marque creuse : lu sur une image.",
  ].filter(Boolean);
  return parts.length ? el("figcaption", {}, parts.join(" ")) : null;
}

// ---- table

function markWords({ outlier, ocr }) {
  return [outlier && "hors de la série", ocr && "lu sur une image"].filter(Boolean);
}

// A column has no room for more.
const shortKind = (item) => itemKind(item).split(" ou ")[0];

function seriesTable(series) {
  const { points } = series;
  const ranges = points.some((p) => rangeText(p.low, p.high));
  const sourced = points.some((p) => p.sources?.length);
  const heads = ["Date", ["Valeur", series.unit ? el("span", { class: "note" }, series.unit) : null], ranges && "Référence", sourced && "Source"].filter(Boolean);
  const open = points.length <= FEW_VALUES || matchMedia("(min-width: 60rem)").matches;
  return el("details", { class: "values", open: open ? "" : null },
    el("summary", {}, "Voir les valeurs"),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Valeurs : ${series.title}` }, el("table", {},
      el("caption", { class: "hidden" }, `${series.title}, de la valeur la plus récente à la plus ancienne`),
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, ...[head].flat())))),
      el("tbody", {}, ...[...points].reverse().map((p) => seriesRow(p, series.unit, ranges, sourced))))));
}

function seriesRow(point, unit, ranges, sourced) {
  const { original } = point;
  const converted = original && known(original.value) && original.unit !== unit;
  return el("tr", {},
    el("th", { scope: "row" }, frenchDate(point.date) || "sans date"),
    el("td", {}, valueText(point),
      converted ? el("span", { class: "note" }, `à l’origine ${valueText({ ...original, comparator: point.comparator }, original.unit)}`) : null,
      ...markWords(point).map((word) => el("span", { class: "note" }, word))),
    ranges ? el("td", {}, rangeText(point.low, point.high)) : null,
    sourced ? el("td", {}, sourceList(point.sources || [], shortKind)) : null);
}
