//! The card of a measure: its last value, the range it is given with, how it went.

use super::{Card, CardKind, Fields, Maker, who};
use crate::Error;
use crate::cross::say;
use crate::cross::series::{Measured, Point, Series, direction, range_shown, series, shown};
use crate::row::Row;
use record::french::fold;
use record::{ItemId, Kind, Text};

/// Most measures that a name may stand for: "cholestérol" has three.
const MOST_MEASURES: usize = 4;
/// Most entries that a card lists.
const MOST_ITEMS: usize = 12;

impl Maker<'_> {
    pub(super) fn measures(&self, measures: &[Measured]) -> Result<Vec<Card>, Error> {
        let mut out = Vec::new();
        for measured in measures {
            match series(self.view, self.cross, measured)? {
                Some(series) => out.extend(self.measure(series)),
                None => out.extend(self.worded(measured)?),
            }
            if out.len() == MOST_MEASURES {
                break;
            }
        }
        Ok(out)
    }

    /// A measure that is given in words: the newest entry of it.
    fn worded(&self, measured: &Measured) -> Result<Option<Card>, Error> {
        let fits = |row: &Row| measured.is_worded(row) && self.in_time(row);
        let found = self.cross.shown(self.view).filter(|(_, row)| fits(row)).map(|(i, _)| i as u32);
        let mut found: Vec<u32> = found.collect();
        found.sort_by_key(|i| std::cmp::Reverse((self.day(*i), *i)));
        let Some(newest) = found.first().copied() else { return Ok(None) };
        let row = self.row(newest);
        let item = self.item(newest)?;
        let told: Vec<String> =
            item.measures.iter().filter_map(|m| m.text.as_deref().map(str::to_owned)).collect();
        let value = if told.is_empty() { row.summary.to_string() } else { told.join(", ") };
        let mut fields = Fields::default();
        fields.say("value", "Dernier résultat", value.clone(), self.sources(newest));
        fields.date("date", "Date", row.date(), self.sources(newest));
        fields.say("laboratory", "Laboratoire ou auteur", who(row).unwrap_or_default(), self.sources(newest));
        let on = row.date().map(say::on).unwrap_or_default();
        let why = format!("« {} » désigne la mesure « {} »", self.focus.typed, &*row.title);
        Ok(Some(Card {
            kind: CardKind::Measure,
            title: row.title.clone(),
            text: format!("{value} {on}").trim().into(),
            item: row.id.clone(),
            date: row.date(),
            fields: fields.0,
            items: self.ids(found.iter().flat_map(|i| self.with_twins(*i)).collect::<Vec<_>>()),
            series: None,
            why: self.why(&row.title, why),
        }))
    }

    fn measure(&self, series: Series) -> Option<Card> {
        let sure = |p: &&Point| !p.outlier && !p.ocr;
        let timely = |p: &&Point| self.point_in_time(p);
        let asked: Vec<&Point> = series.points.iter().filter(timely).collect();
        let pick = |points: &[&Point]| {
            let mut sure = points.iter().copied().filter(|p| sure(p));
            let chosen = if self.focus.oldest { sure.next() } else { sure.next_back() };
            chosen.or_else(|| points.last().copied()).cloned()
        };
        let point = pick(&asked)?;
        let unit = series.unit.as_deref();
        let mut fields = Fields::default();
        let mut value = shown(&point, unit);
        if point.ocr {
            value.push_str(" (lu sur une image)");
        }
        let label = if self.focus.oldest { "Première valeur" } else { "Dernière valeur" };
        fields.say("value", label, value.clone(), point.sources.clone());
        fields.date("date", "Date", Some(point.date), point.sources.clone());
        let reference = range_shown(point.low, point.high, unit).unwrap_or_default();
        fields.say("reference", "Valeurs de référence du laboratoire", reference, point.sources.clone());
        fields.say("laboratory", "Laboratoire ou auteur", self.laboratory(&point), point.sources.clone());
        self.course(&series, &point, &mut fields);
        let date = point.date;
        let title = self.title(&series);
        let items = items(&series, &point);
        let entries = say::count(items.len(), "entrée", "entrées");
        let why = self.why(
            &title,
            format!(
                "« {} » désigne la mesure « {} » : {} dans {entries}",
                self.focus.typed,
                &*title,
                say::count(series.points.len(), "valeur", "valeurs")
            ),
        );
        Some(Card {
            kind: CardKind::Measure,
            title,
            text: format!("{value} {}", say::on(date)).into(),
            item: point.sources.first()?.item.clone(),
            date: Some(date),
            fields: fields.0,
            items,
            series: Some(series),
            why,
        })
    }

    /// The name of the measure; that of an entry, where the query says it so: "potassium", not "kaliémie".
    fn title(&self, series: &Series) -> Text {
        let typed = fold(&self.focus.typed);
        let entries = series.points.iter().rev().flat_map(|p| &p.sources).filter(|s| s.quote.is_none());
        let own = entries.filter_map(|s| self.view.find(&s.item.to_string())).map(|i| self.view.row(i));
        let mut titles = own.filter(|row| row.id.kind() == Kind::Observation).map(|row| row.title.clone());
        if fold(&series.title).contains(&typed) {
            return series.title.clone();
        }
        let own = titles.find(|title| fold(title).contains(&typed));
        own.unwrap_or_else(|| {
            let said = typed.split(' ').count() == 1;
            let title = &*series.title;
            if said { format!("{title} ({})", self.focus.typed).into() } else { title.into() }
        })
    }

    fn point_in_time(&self, point: &Point) -> bool {
        let row = point.sources.first().and_then(|s| self.view.find(&s.item.to_string()));
        row.is_none_or(|i| self.in_time(self.view.row(i)))
    }

    /// The laboratory or the person that a value comes from: of the document that states it, if it names none.
    fn laboratory(&self, point: &Point) -> String {
        let rows = point.sources.iter().filter_map(|s| self.view.find(&s.item.to_string()));
        rows.filter_map(|i| who(self.view.row(i))).next().unwrap_or_default()
    }

    /// The value before, how the values went, and how many there are.
    fn course(&self, series: &Series, point: &Point, fields: &mut Fields) {
        let told: Vec<&Point> = series.points.iter().filter(|p| !p.outlier && !p.ocr).collect();
        let unit = series.unit.as_deref();
        let at = told.iter().position(|p| *p == point);
        if let Some(before) = at.and_then(|at| at.checked_sub(1)).map(|at| told[at]) {
            fields.say("previous", "Valeur précédente", shown(before, unit), before.sources.clone());
            fields.date(
                "previous-date",
                "Date de la valeur précédente",
                Some(before.date),
                before.sources.clone(),
            );
            let (from, to) = (shown(before, None), shown(point, unit));
            let days = point.date.first_day_number() - before.date.first_day_number();
            let time =
                if days == 0 { "le même jour".to_owned() } else { format!("en {}", say::length(days)) };
            let trend = format!("{} : {from} → {to} {time}", direction(before.value, point.value));
            let sources = before.sources.iter().chain(&point.sources).cloned().collect();
            fields.say("trend", "Évolution", trend, sources);
        }
        if let [first, .., last] = told[..] {
            let text = format!("{} valeurs, {}", told.len(), say::period(first.date, last.date));
            fields.say("count", "Relevé", text, Vec::new());
        }
        let apart = series.points.iter().filter(|p| p.outlier);
        let apart: Vec<String> = apart.map(|p| format!("{} {}", shown(p, unit), say::on(p.date))).collect();
        fields.say(
            "outliers",
            "Valeurs très éloignées des autres, laissées de côté",
            say::list(&apart),
            Vec::new(),
        );
    }
}

/// The entries of a series: those of the point, then the documents, then the rest, newest first.
fn items(series: &Series, point: &Point) -> Vec<ItemId> {
    let mut out: Vec<ItemId> = Vec::new();
    let newest = || series.points.iter().rev().flat_map(|p| &p.sources).map(|s| &s.item);
    let documents = newest().filter(|id| id.kind() == Kind::Document);
    for id in point.sources.iter().map(|s| &s.item).chain(documents).chain(newest()) {
        if !out.contains(id) && out.len() < MOST_ITEMS {
            out.push(id.clone());
        }
    }
    out
}
