//! Names, versions and ids, kept once and small.

use crate::clock::CheckpointId;
use pregel_core::Version;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// Names of channels, nodes and paths, numbered.
#[derive(Clone, Default)]
pub struct Names {
    all: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32, BuildHasherDefault<Quick>>,
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
    numbers: HashMap<u64, u32, BuildHasherDefault<Quick>>,
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
        let mut hasher = Quick::default();
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

    pub fn of_checkpoint(id: &CheckpointId) -> Id {
        id.uuid().map_or_else(|| Id::of(id.text()), Id::Uuid)
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

/// The value of each hexadecimal digit in lower case; 16 for every other byte.
static DIGITS: [u8; 256] = {
    let mut values = [16; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Where the bytes of a UUID stand in its text.
const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// The bytes of a UUID in the one form that can be told from its bytes: lower case, with hyphens.
fn uuid_bytes(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.try_into().ok()?;
    let mut bytes = [0; 16];
    let mut odd = 0;
    for (byte, place) in bytes.iter_mut().zip(PLACES) {
        let (high, low) = (DIGITS[text[place] as usize], DIGITS[text[place + 1] as usize]);
        odd |= (high | low) & 16;
        *byte = high << 4 | low & 15;
    }
    let is_hyphenated = [8, 13, 18, 23].iter().all(|place| text[*place] == b'-');
    (odd == 0 && is_hyphenated).then_some(bytes)
}

/// Hashes short strings that nobody chooses to collide: eight bytes at a time.
#[derive(Clone, Copy, Default)]
pub struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, _: u8) {}

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
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
