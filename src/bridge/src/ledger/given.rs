//! Checkpoints from outside that are of the form in which runs make them.

use super::names::{Id, Names};
use super::shelf::{Changes, NewMade, NewMarks, Shelf, Told, NONE};
use super::stored::Encoded;
use crate::clock;
use crate::keys;
use crate::run::checkpoint::FORMAT;
use crate::versions;
use crate::writer::with_text;
use pregel_core::Version;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString};

/// A checkpoint without its values.
pub struct Given {
    time_us: u64,
    step: i64,
    updated: Option<Vec<String>>,
    versions: Vec<(String, Version)>,
    seen: Vec<(String, Vec<(String, Version)>)>,
}

/// What a checkpoint without its values consists of.
const KEYS: usize = 6;

impl Given {
    /// What a dict says; None if what is read again would be something else.
    pub fn of(rest: &Bound<'_, PyDict>, metadata: &Bound<'_, PyAny>, id: &Id) -> Option<Given> {
        let py = rest.py();
        let part = |key| rest.get_item(key).ok().flatten();
        if rest.len() != KEYS || part(keys::v(py))?.cast_exact::<PyInt>().ok()?.extract::<i64>().ok()? != FORMAT {
            return None;
        }
        if Id::of(&text(&part(keys::id(py))?)?) != *id {
            return None;
        }
        let ts = text(&part(keys::ts(py))?)?;
        let time_us = clock::parse_iso(&ts).filter(|time_us| clock::iso(*time_us) == ts)?;
        let updated = part(keys::updated_channels(py))?;
        let updated = match updated.is_none() {
            true => None,
            false => Some(updated.cast_exact::<PyList>().ok()?.iter().map(|name| text(&name)).collect::<Option<_>>()?),
        };
        let seen = part(keys::versions_seen(py))?;
        let seen = seen.cast_exact::<PyDict>().ok()?.iter().map(|(node, seen)| Some((text(&node)?, marks(&seen)?)));
        let metadata = metadata.cast::<PyDict>().ok()?;
        let step = match metadata.get_item(keys::step(py)).ok()? {
            Some(step) => step.cast_exact::<PyInt>().ok()?.extract().ok()?,
            None => return None,
        };
        Some(Given {
            time_us,
            step,
            updated,
            versions: marks(&part(keys::channel_versions(py))?)?,
            seen: seen.collect::<Option<_>>()?,
        })
    }

    pub fn numbered(
        self,
        names: &mut Names,
        shelf: &mut Shelf,
        id: Id,
        parent: Option<Id>,
        metadata: Encoded,
    ) -> NewMade {
        let mut versions: Vec<_> = self
            .versions
            .iter()
            .map(|(channel, version)| (names.number(channel), shelf.versions.number(version)))
            .collect();
        versions.sort_unstable();
        let mut seen = Vec::new();
        for (node, marks) in &self.seen {
            let node = names.number(node);
            if marks.is_empty() {
                seen.push((node, NONE, NONE));
            }
            for (channel, version) in marks {
                seen.push((node, names.number(channel), shelf.versions.number(version)));
            }
        }
        NewMade {
            id,
            parent,
            time_us: self.time_us,
            step: self.step,
            told: Told::Given(metadata),
            updated: self.updated.map(|updated| updated.iter().map(|name| names.number(name)).collect()),
            marks: NewMarks::Whole(Changes { versions: versions.into(), seen: seen.into() }),
        }
    }
}

fn text(value: &Bound<'_, PyAny>) -> Option<String> {
    with_text(value.cast_exact::<PyString>().ok()?, str::to_owned).ok()
}

fn marks(value: &Bound<'_, PyAny>) -> Option<Vec<(String, Version)>> {
    let marks = value.cast_exact::<PyDict>().ok()?;
    marks.iter().map(|(channel, version)| Some((text(&channel)?, versions::from_python(&version).ok()?))).collect()
}
