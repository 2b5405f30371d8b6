//! Two records that hold the same words, under random operations: nothing of one is ever in an answer about
//! the other, and what an answer counts is what it holds.
//!
//! `MES_ISOLATION_OPERATIONS=10000` makes the long run; the suite makes a shorter one.

use crate::support::temp_dir;
use mes_search::Service;
use mes_search::config::Settings;
use mes_search::pipeline::Patch;
use record::{Flags, ItemId, RecordId, Status};
use search::policy::{Actor, Role};
use search::{Answer, Filters, Query};
use serde_json::json;
use std::collections::BTreeSet;

const WORDS: [&str; 12] = [
    "genou",
    "hanche",
    "toux",
    "fievre",
    "scanner",
    "vaccin",
    "diabete",
    "tension",
    "ordonnance",
    "kine",
    "allergie",
    "radio",
];

/// A linear congruential sequence (Knuth, MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }
}

/// A record, the marks that all of its text carries, and a model of what it holds.
struct Site {
    record: RecordId,
    mark: &'static str,
    held: BTreeSet<String>,
}

struct World {
    service: Service,
    sites: [Site; 2],
    random: Random,
}

impl World {
    /// A problem of a few shared words, a number of its own, and one word of its record.
    async fn put(&mut self, site: usize) {
        let number = self.random.below(30);
        let Site { record, mark, held } = &mut self.sites[site];
        let (a, b, c) = (self.random.word(), self.random.word(), self.random.word());
        let id = format!("{mark}-{number}");
        let entry = json!({"resource": {
            "resourceType": "Condition", "id": id, "code": {"text": format!("{a} {b} {number}")},
            "onsetDateTime": format!("20{:02}-03", 10 + number % 15),
            "note": [{"text": format!("{c} mot{mark}")}],
            "recorder": {"display": format!("Docteur Nom{mark}")},
        }});
        let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [entry]});
        let feeder = Actor::new("feeder", Role::Service);
        let written =
            self.service.put_bundle(record, &feeder, bundle.to_string().into_bytes()).await.unwrap();
        assert_eq!(written.rejected.len(), 0);
        held.insert(format!("Condition/{id}"));
    }

    async fn change(&mut self, site: usize) {
        let Site { record, held, .. } = &mut self.sites[site];
        if held.is_empty() {
            return;
        }
        let reference = held.iter().nth(self.random.below(held.len())).unwrap().clone();
        let id: ItemId = reference.parse().unwrap();
        let feeder = Actor::new("feeder", Role::Service);
        if self.random.below(2) == 0 {
            self.service.delete(record, &feeder, &id).await.unwrap();
            held.remove(&reference);
        } else {
            let flags = [Flags::NORMAL, Flags::MASKED_FROM_PROFESSIONALS][self.random.below(2)];
            let patch = Patch { flags: Some(flags), status: Some(Status::Current) };
            self.service.patch(record, &feeder, &id, patch).await.unwrap();
        }
    }

    async fn ask(&mut self, site: usize) {
        let reader = Actor::new("holder", Role::Patient);
        let mut text = format!("{} {}", self.random.word(), self.random.word());
        match self.random.below(5) {
            0 => text.clear(),
            1 => text = format!("mot{}", self.sites[1 - site].mark),
            2 => text = format!("nom{}", self.sites[1 - site].mark),
            _ => {}
        }
        let (own, foreign) = (&self.sites[site], &self.sites[1 - site]);
        let query = Query { limit: 100, ..Query::new(&text) };
        match self.service.search(&own.record, &reader, query).await {
            Ok(answer) => check(own, foreign, &text, &answer),
            Err(mes_search::Error::NotFound) => assert!(own.held.is_empty()),
            Err(error) => unreachable!("{error}"),
        }
        let typed = ["mot", "nom", "ge", "sca", "doc"][self.random.below(5)].to_owned();
        if let Ok(found) = self.service.suggest(&own.record, &reader, typed, 50).await {
            for suggestion in found {
                assert!(!suggestion.text.to_lowercase().contains(foreign.mark), "{:?}", &*suggestion.text);
            }
        }
        if let Ok(answer) = self.service.timeline(&own.record, &reader, Filters::default(), 100, None).await {
            check(own, foreign, "", &answer.answer);
            assert_eq!(answer.answer.total, own.held.len());
        }
    }
}

fn check(own: &Site, foreign: &Site, text: &str, answer: &Answer) {
    for hit in answer.hits.iter().chain(&answer.near) {
        let id = hit.item.to_string();
        assert!(own.held.contains(&id), "{text}: {id} is not of the record");
        let shown: Vec<String> = hit.snippets.iter().map(|s| s.text.to_string()).collect();
        assert!(!shown.concat().contains(foreign.mark), "{text}: {id}");
        assert!(hit.related.iter().all(|r| own.held.contains(&r.to_string())), "{text}: {id}");
    }
    assert_eq!(answer.total, answer.hits.len(), "{text}");
    let counted: usize = answer.facets.kind.iter().map(|f| f.count).sum();
    assert_eq!(counted, answer.total, "{text}");
    for value in &answer.facets.author {
        assert!(!value.value.to_lowercase().contains(foreign.mark), "{text}: a foreign author");
    }
    assert_eq!(answer.coverage.documents, 0);
}

#[test]
fn nothing_of_one_record_is_ever_in_an_answer_about_another() {
    let operations =
        std::env::var("MES_ISOLATION_OPERATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(1500);
    let dir = temp_dir();
    let settings = Settings { data_dir: Some(dir.path().to_owned()), ..Settings::default() };
    let config = settings.resolve().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let service = Service::open(&config, env!("CARGO_BIN_EXE_mes-search").into()).await.unwrap();
        let site =
            |name: &str, mark| Site { record: RecordId::new(name).unwrap(), mark, held: BTreeSet::new() };
        let mut world =
            World { service, sites: [site("one", "alpha"), site("two", "omega")], random: Random(7) };
        for step in 0..operations {
            let site = world.random.below(2);
            match world.random.below(10) {
                0..=2 => world.put(site).await,
                3 => world.change(site).await,
                _ => world.ask(site).await,
            }
            // Packs replace what the ledger alone said so far.
            if step % 97 == 0 {
                world.service.drain().await.unwrap();
            }
        }
    });
}
