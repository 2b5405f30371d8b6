//! CDA R2 documents.

use crate::{Error, Limits, PatientId};
use record::{Item, Reading};

pub(crate) fn header(_bytes: &[u8], _limits: &Limits) -> Result<(Item, Vec<PatientId>, Vec<String>), Error> {
    Err(Error::NotCda)
}

pub(crate) fn body(_bytes: &[u8], _item: &Item, _limits: &Limits) -> Reading {
    unimplemented!()
}
