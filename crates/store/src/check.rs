//! The check of a whole store: every byte that counts is read and opened, but for pictures of pages, which are
//! drawn again where they do not open.

use crate::blobs::CLASSES;
use crate::ledger::{Place, SealedRow, Vault};
use crate::seal::{DataKey, Kind};
use crate::store::{Inner, Store, blocking, open_derived, open_source};
use crate::{Error, Fault, Finding, RecordKey, Report};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Records listed at one time.
const PAGE: usize = 256;

impl Store {
    /// Opens every byte that the ledger names, and counts what it does not name. Writes may go on
    /// meanwhile.
    ///
    /// # Errors
    /// The ledger or the object store cannot be read at all; single faults stand in the report.
    pub async fn check(&self) -> Result<Report, Error> {
        let mut report = Report::default();
        let inner = Arc::clone(&self.inner);
        for what in blocking(move || inner.ledger.integrity()).await? {
            report.findings.push(Finding { record: None, fault: Fault::Ledger, what });
        }
        let mut last = None;
        loop {
            let inner = Arc::clone(&self.inner);
            let page = blocking(move || inner.ledger.records(last.as_ref(), PAGE)).await?;
            let Some(end) = page.last() else { break };
            last = Some(*end);
            for key in page {
                Check { inner: &self.inner, key, report: &mut report }.record().await?;
            }
        }
        for class in CLASSES {
            let mut objects = self.inner.blobs.list(class, None);
            while let Some(object) = objects.next().await.transpose()? {
                let (inner, name) = (Arc::clone(&self.inner), object.location.to_string());
                if blocking(move || inner.names(&name)).await? == Some(false) {
                    report.orphans += 1;
                    report.orphan_bytes += object.size;
                }
            }
        }
        Ok(report)
    }
}

/// The check of one record.
struct Check<'a> {
    inner: &'a Arc<Inner>,
    key: RecordKey,
    report: &'a mut Report,
}

impl Check<'_> {
    fn found(&mut self, fault: Fault, what: String) {
        self.report.findings.push(Finding { record: Some(self.key), fault, what });
    }

    async fn record(&mut self) -> Result<(), Error> {
        let (inner, key) = (Arc::clone(self.inner), self.key);
        let read =
            move || Ok((inner.ledger.rows(&key, 0)?, inner.ledger.sources(&key)?, inner.ledger.head(&key)?));
        // A record that was erased since it was listed has nothing to check.
        let (Some((vault, rows)), sources, Some(head)) = blocking(read).await? else { return Ok(()) };
        self.report.records += 1;
        let Some(data) = self.data_key(vault) else { return Ok(()) };
        self.rows(&data, rows).await?;
        for sha256 in sources {
            self.source(&data, sha256).await?;
        }
        if let Some(pack) = head.pack {
            let opens = self.derived(&data, Kind::Pack, pack.object, pack.bytes).await?;
            self.report.packs += u64::from(opens);
        }
        let inner = Arc::clone(self.inner);
        for (vectors, _) in blocking(move || inner.ledger.vectors(&key)).await? {
            let opens = self.derived(&data, Kind::Vectors, vectors.object, vectors.bytes).await?;
            self.report.vectors += u64::from(opens);
        }
        Ok(())
    }

    fn data_key(&mut self, vault: Vault) -> Option<Arc<DataKey>> {
        match self.inner.data_key(&self.key, vault) {
            Ok(data) => Some(Arc::new(data)),
            Err(_) => {
                self.found(Fault::Key, "data key".to_owned());
                None
            }
        }
    }

    async fn rows(&mut self, data: &Arc<DataKey>, rows: Vec<SealedRow>) -> Result<(), Error> {
        let (inner, key, data) = (Arc::clone(self.inner), self.key, Arc::clone(data));
        let opened = blocking(move || {
            let open = |row: SealedRow| {
                let (sequence, bytes) = (row.sequence, row.meta.len() + row.descriptor.len());
                let live = !row.deleted;
                (sequence, bytes as u64, live, inner.open_row(&key, &data, row).is_ok())
            };
            Ok(rows.into_iter().map(open).collect::<Vec<_>>())
        });
        for (sequence, bytes, live, opens) in opened.await? {
            self.report.bytes += bytes;
            self.report.items += u64::from(live && opens);
            if !opens {
                self.found(Fault::Row, format!("row {sequence}"));
            }
        }
        Ok(())
    }

    async fn source(&mut self, data: &Arc<DataKey>, sha256: [u8; 32]) -> Result<(), Error> {
        let (inner, key) = (Arc::clone(self.inner), self.key);
        let found = blocking(move || inner.ledger.source(&key, &sha256)).await?;
        let name = || format!("original {}", crate::key::to_hex(&sha256));
        let Some((_, source)) = found else {
            self.found(Fault::SourceMissing, name());
            return Ok(());
        };
        let (sealed, what) = match source.place {
            Place::Inbox(sealed) => (sealed, name()),
            Place::Nowhere => {
                self.found(Fault::SourceMissing, name());
                return Ok(());
            }
            Place::Object(object) => match self.object(&object).await? {
                Some(sealed) => (sealed, object),
                None => {
                    self.found_if_named(Fault::SourceMissing, object).await?;
                    return Ok(());
                }
            },
        };
        let length = sealed.len() as u64;
        let data = Arc::clone(data);
        let opens = blocking(move || {
            let opened = open_source(&data, &key, &sha256, source.bytes, sealed);
            Ok(opened.is_some_and(|bytes| <[u8; 32]>::from(Sha256::digest(&bytes)) == sha256))
        });
        self.report.bytes += length;
        if opens.await? && length == source.sealed_bytes {
            self.report.sources += 1;
        } else {
            self.found(Fault::SourceDamaged, what);
        }
        Ok(())
    }

    /// Whether a pack or vectors open; what is wrong with them is noted.
    async fn derived(
        &mut self,
        data: &Arc<DataKey>,
        kind: Kind,
        object: String,
        bytes: u64,
    ) -> Result<bool, Error> {
        let (missing, damaged) = match kind {
            Kind::Vectors => (Fault::VectorsMissing, Fault::VectorsDamaged),
            _ => (Fault::PackMissing, Fault::PackDamaged),
        };
        let Some(sealed) = self.object(&object).await? else {
            self.found_if_named(missing, object).await?;
            return Ok(false);
        };
        self.report.bytes += sealed.len() as u64;
        let (key, data, name) = (self.key, Arc::clone(data), object.clone());
        let opens =
            blocking(move || Ok(open_derived(&data, &key, kind, &name, bytes, sealed).is_some())).await?;
        if !opens {
            self.found(damaged, object);
        }
        Ok(opens)
    }

    /// The bytes of an object; none if it is not there.
    async fn object(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.inner.blobs.get(name).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::ObjectMissing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// An object that is missing is a fault only if a row still names it: a newer pack may have been
    /// published, or an item deleted, since the row was read.
    async fn found_if_named(&mut self, fault: Fault, object: String) -> Result<(), Error> {
        let (inner, name) = (Arc::clone(self.inner), object.clone());
        if blocking(move || inner.names(&name)).await? == Some(true) {
            self.found(fault, object);
        }
        Ok(())
    }
}
