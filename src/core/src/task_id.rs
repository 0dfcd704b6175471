//! Task ids: a hash of the checkpoint and of everything that made the task, so that the same
//! checkpoint always plans the same tasks. Bit-compatible with the ids in existing checkpoints.

use sha1_smol::Sha1;
use std::sync::Arc;
use uuid::fmt::Hyphenated;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

/// Which hash a checkpoint's tasks use; it follows the checkpoint's format version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// xxh3-128: format 2 and later.
    Xxh3,
    /// The older form: the first 16 bytes of SHA-1.
    Sha1,
}

impl Scheme {
    pub fn of_format(version: i64) -> Scheme {
        if version > 1 {
            Scheme::Xxh3
        } else {
            Scheme::Sha1
        }
    }
}

/// Makes task ids, one after the other, from the parts that make a task.
pub struct TaskIds {
    scheme: Scheme,
    /// What is hashed: the bytes of the checkpoint's id, then the parts.
    input: Vec<u8>,
    /// How much of it all ids share.
    shared: usize,
}

impl TaskIds {
    /// Of tasks at the checkpoint with these id bytes.
    pub fn new(scheme: Scheme, checkpoint_id: &[u8]) -> TaskIds {
        let mut input = Vec::with_capacity(192);
        input.extend_from_slice(checkpoint_id);
        TaskIds { scheme, shared: input.len(), input }
    }

    /// Adds a part of the next id.
    pub fn add(&mut self, part: &str) -> &mut Self {
        self.input.extend_from_slice(part.as_bytes());
        self
    }

    /// The id of the task made from the parts that were added.
    pub fn make(&mut self) -> Arc<str> {
        let digest = match self.scheme {
            Scheme::Xxh3 => xxh3_128(&self.input).to_be_bytes(),
            Scheme::Sha1 => sha1_prefix(&self.input),
        };
        self.input.truncate(self.shared);
        let mut text = [0; Hyphenated::LENGTH];
        (&*Uuid::from_bytes(digest).hyphenated().encode_lower(&mut text)).into()
    }
}

pub(crate) fn sha1_prefix(input: &[u8]) -> [u8; 16] {
    let mut hash = Sha1::new();
    hash.update(input);
    let digest = hash.digest().bytes();
    let mut out = [0; 16];
    out.copy_from_slice(&digest[..16]);
    out
}

/// The id of the task that stands for an update of no planned task: UUID 5 of a name.
pub fn id_of_update(checkpoint_id: &[u8], name: &str) -> Arc<str> {
    let mut bytes = sha1_prefix(&[checkpoint_id, name.as_bytes()].concat());
    bytes[6] = bytes[6] & 0x0F | 0x50;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let mut text = [0; Hyphenated::LENGTH];
    (&*Uuid::from_bytes(bytes).hyphenated().encode_lower(&mut text)).into()
}

/// The id of an interrupt of the task with this namespace, after `answered` answers.
pub fn interrupt_id(task_namespace: &str, answered: usize) -> String {
    match answered {
        0 => hex_digest(task_namespace.as_bytes()),
        n => hex_digest(format!("{task_namespace}|{n}").as_bytes()),
    }
}

/// xxh3-128 as 32 hexadecimal digits.
pub fn hex_digest(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

/// The 16 bytes of a checkpoint id such as `1ef4f797-8335-6428-8001-8a1503f9b875`.
pub fn checkpoint_id_bytes(id: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = id.bytes().filter(|b| *b != b'-').collect();
    if digits.len() % 2 != 0 {
        return None;
    }
    digits.chunks(2).map(|pair| Some((hex_digit(pair[0])? << 4) | hex_digit(pair[1])?)).collect()
}

fn hex_digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|d| d as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    #[test]
    fn both_schemes_match_published_ids() {
        let id = |scheme| TaskIds::new(scheme, &ID).add("a").add("1").add("b").make();
        assert_eq!(&*id(Scheme::Sha1), "c4aa7456-257d-a868-e96a-409b302199db");
        assert_eq!(&*id(Scheme::Xxh3), "28686192-6358-b933-8c91-959585177695");
    }

    #[test]
    fn each_id_is_made_of_its_own_parts() {
        let mut ids = TaskIds::new(Scheme::Xxh3, &ID);
        let first = ids.add("a").make();
        assert_ne!(ids.add("b").make(), first);
        assert_eq!(ids.add("a").make(), first);
    }

    #[test]
    fn ids_of_updates_are_those_of_uuid_5() {
        // `uuid5(UUID(bytes=bytes(range(16))), "__interrupt__")`
        assert_eq!(&*id_of_update(&ID, "__interrupt__"), "c94ec7ed-55d6-53da-a26b-5640e1e87f54");
    }

    #[test]
    fn checkpoint_ids_are_read_as_bytes() {
        assert_eq!(checkpoint_id_bytes("00010203-0405-0607-0809-0a0b0c0d0e0f").as_deref(), Some(&ID[..]));
        assert_eq!(checkpoint_id_bytes("xyz"), None);
    }
}
