//! Names, versions and ids, kept once and small.

use pregel_core::Version;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Names of channels, nodes and paths, numbered.
#[derive(Clone, Default)]
pub struct Names {
    all: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Names {
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let name: Arc<str> = name.into();
        let number = self.all.len() as u32;
        self.all.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    pub fn known(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub fn name(&self, number: u32) -> &Arc<str> {
        &self.all[number as usize]
    }
}

/// The versions of a thread's channels, numbered. Equal numbers are equal versions, as keys of dicts are.
#[derive(Clone, Default)]
pub struct Versions {
    all: Vec<Version>,
    numbers: HashMap<u64, u32>,
}

impl Versions {
    pub fn number(&mut self, version: &Version) -> u32 {
        if let Some(last) = self.all.last() {
            if is_same(last, version) {
                return self.all.len() as u32 - 1;
            }
        }
        let slot = match self.slot(version) {
            Ok(number) => return number,
            Err(slot) => slot,
        };
        let number = self.all.len() as u32;
        self.all.push(version.clone());
        self.numbers.insert(slot, number);
        number
    }

    pub fn known(&self, version: &Version) -> Option<u32> {
        self.slot(version).ok()
    }

    pub fn version(&self, number: u32) -> &Version {
        &self.all[number as usize]
    }

    /// The number of a version, or the free slot for it.
    fn slot(&self, version: &Version) -> Result<u32, u64> {
        let mut hasher = DefaultHasher::new();
        match version {
            Version::Text(text) => text.hash(&mut hasher),
            Version::Int(value) => (*value as f64).to_bits().hash(&mut hasher),
            Version::Float(value) => value.to_bits().hash(&mut hasher),
        }
        let mut slot = hasher.finish();
        loop {
            match self.numbers.get(&slot) {
                Some(number)
                    if self.all[*number as usize] == *version || equals(&self.all[*number as usize], version) =>
                {
                    return Ok(*number)
                }
                Some(_) => slot = slot.wrapping_add(1),
                None => return Err(slot),
            }
        }
    }
}

fn is_same(a: &Version, b: &Version) -> bool {
    matches!((a, b), (Version::Text(a), Version::Text(b)) if Arc::ptr_eq(a, b))
}

fn equals(a: &Version, b: &Version) -> bool {
    a.partial_cmp(b) == Some(Ordering::Equal)
}

/// The id of a checkpoint or a task: mostly a UUID, as text.
#[derive(Clone, Debug)]
pub enum Id {
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl Id {
    pub fn of(text: &str) -> Id {
        match uuid_bytes(text.as_bytes()) {
            Some(bytes) => Id::Uuid(bytes),
            None => Id::Text(text.into()),
        }
    }

    pub fn text(&self) -> String {
        match self {
            Id::Uuid(bytes) => crate::clock::hyphenate(bytes),
            Id::Text(text) => text.to_string(),
        }
    }
}

impl Ord for Id {
    /// As their texts are ordered: the digits of a UUID stand in the order of its bytes.
    fn cmp(&self, other: &Id) -> Ordering {
        match (self, other) {
            (Id::Uuid(a), Id::Uuid(b)) => a.cmp(b),
            (Id::Text(a), Id::Text(b)) => a.cmp(b),
            (a, b) => a.text().cmp(&b.text()),
        }
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Id) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Id) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Id {}

/// The bytes of a UUID in the one form that can be told from its bytes: lower case, with hyphens.
fn uuid_bytes(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (place, byte) in text.iter().enumerate() {
        if matches!(place, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] = bytes[digits / 2] << 4 | digit;
        digits += 1;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_as_their_texts() {
        let texts = ["", "1ef4f797-8335-6428-8001-8a1503f9b875", "1ef4f797-8335-6428-8001-8A1503F9B875", "2", "z"];
        for a in texts {
            assert_eq!(Id::of(a).text(), a);
            for b in texts {
                assert_eq!(Id::of(a).cmp(&Id::of(b)), a.cmp(b), "{a} {b}");
            }
        }
    }

    #[test]
    fn equal_versions_have_one_number() {
        let mut versions = Versions::default();
        let one = versions.number(&Version::Int(1));
        assert_eq!(versions.number(&Version::Float(1.0)), one);
        assert_ne!(versions.number(&Version::Text("1".into())), one);
        assert_eq!(versions.known(&Version::Text("2".into())), None);
    }
}
