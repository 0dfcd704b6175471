//! Time, randomness and checkpoint ids: what the core takes as arguments.

use pregel_core::task_id::checkpoint_id_bytes;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// 100 ns intervals between 1582-10-15, where UUID time starts, and 1970-01-01.
const UUID_EPOCH: u64 = 0x01B2_1DD2_1381_4000;

pub fn now_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

thread_local!(static STATE: Cell<u64> = const { Cell::new(0) });

/// Called in a forked child: its numbers are not those that its parent goes on with.
pub fn after_fork() {
    STATE.set(0);
}

/// A random number; good enough to keep ids of concurrent runs apart.
pub fn random() -> u64 {
    STATE.with(|state| {
        let mut x = state.get();
        if x == 0 {
            x = seed();
        }
        // xorshift64*
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        state.set(x);
        x.wrapping_mul(0x2545_F491_4F6C_DD1D)
    })
}

/// From the hasher's keys, which the system seeds, mixed with time and process: a forked child differs too.
fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    hasher.write_u64(now_seconds().to_bits());
    hasher.write_u32(std::process::id());
    hasher.finish() | 1
}

/// A version 6 UUID: sortable by time, with the step as its clock sequence. It is made at the first look,
/// which nobody may take where nothing is saved.
pub fn checkpoint_id(step: i64) -> CheckpointId {
    CheckpointId { bytes: OnceLock::new(), step, text: OnceLock::new() }
}

fn uuid_of(step: i64) -> [u8; 16] {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| (d.as_nanos() / 100) as u64) + UUID_EPOCH;
    let previous = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(now.max(last + 1)));
    let time = now.max(previous.unwrap_or(0) + 1);
    let mut bytes = [0u8; 16];
    bytes[..6].copy_from_slice(&((time >> 12) & 0xFFFF_FFFF_FFFF).to_be_bytes()[2..]);
    bytes[6..8].copy_from_slice(&(0x6000 | (time & 0x0FFF) as u16).to_be_bytes());
    bytes[8..10].copy_from_slice(&(0x8000 | (step & 0x3FFF) as u16).to_be_bytes());
    bytes[10..].copy_from_slice(&(random() & 0xFFFF_FFFF_FFFF).to_be_bytes()[2..]);
    bytes
}

pub fn hyphenate(bytes: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push(DIGITS[(byte >> 4) as usize] as char);
        out.push(DIGITS[(byte & 15) as usize] as char);
    }
    out
}

/// The id of a checkpoint, as the bytes that task ids hash and, once somebody looks, as text.
pub struct CheckpointId {
    bytes: OnceLock<Bytes>,
    step: i64,
    text: OnceLock<String>,
}

enum Bytes {
    Uuid([u8; 16]),
    /// Of an id made elsewhere.
    Other(Vec<u8>),
}

impl CheckpointId {
    /// Of a run that has loaded nothing.
    pub fn none() -> CheckpointId {
        CheckpointId { bytes: Bytes::Other(Vec::new()).into(), step: 0, text: OnceLock::new() }
    }

    pub fn parse(text: String) -> Option<CheckpointId> {
        let bytes = Bytes::Other(checkpoint_id_bytes(&text)?).into();
        Some(CheckpointId { bytes, step: 0, text: text.into() })
    }

    fn made(&self) -> &Bytes {
        self.bytes.get_or_init(|| Bytes::Uuid(uuid_of(self.step)))
    }

    pub fn bytes(&self) -> &[u8] {
        match self.made() {
            Bytes::Uuid(bytes) => bytes,
            Bytes::Other(bytes) => bytes,
        }
    }

    /// The bytes of one that was made here.
    pub fn uuid(&self) -> Option<[u8; 16]> {
        match self.made() {
            Bytes::Uuid(bytes) => Some(*bytes),
            Bytes::Other(_) => None,
        }
    }

    pub fn text(&self) -> &str {
        self.text.get_or_init(|| match self.made() {
            Bytes::Uuid(bytes) => hyphenate(bytes),
            Bytes::Other(_) => String::new(),
        })
    }
}

/// The present in UTC as ISO 8601 with microseconds.
pub fn timestamp() -> String {
    iso(now_us())
}

/// Microseconds since 1970-01-01.
pub fn now_us() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}

/// A time in UTC as ISO 8601, with microseconds where it has any.
pub fn iso(us: u64) -> String {
    let (seconds, micros) = (us / 1_000_000, us % 1_000_000);
    let (year, month, day) = civil_date((seconds / 86_400) as i64);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    if micros == 0 {
        return format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00");
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}+00:00")
}

/// The microseconds of a time that `iso` wrote; other forms may give any number.
pub fn parse_iso(text: &str) -> Option<u64> {
    let part = |begin: usize, end: usize| text.get(begin..end)?.parse::<u64>().ok();
    let days = days_since_epoch(part(0, 4)? as i64, part(5, 7)? as i64, part(8, 10)? as i64);
    let seconds = part(11, 13)?.checked_mul(3600)? + part(14, 16)? * 60 + part(17, 19)?;
    let micros = if text.as_bytes().get(19) == Some(&b'.') { part(20, 26)? } else { 0 };
    Some((u64::try_from(days).ok()? * 86_400 + seconds) * 1_000_000 + micros)
}

/// The inverse of `civil_date`.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let yoe = y.rem_euclid(400);
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// Days since 1970-01-01 to a proleptic Gregorian date (Howard Hinnant's `civil_from_days`).
fn civil_date(days: i64) -> (i64, u64, u64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097) as u64;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe as i64 + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoint_ids_grow() {
        let ids: Vec<String> = (0..100).map(|step| checkpoint_id(step).text().to_owned()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(&ids[0][14..15], "6");
    }

    #[test]
    fn times_are_read_as_they_were_written() {
        for us in [0, 1, 999_999, 1_000_000, 951_782_400_000_000, 1_709_164_799_123_456, 4_102_444_800_000_010] {
            assert_eq!(parse_iso(&iso(us)), Some(us));
        }
        assert_eq!(parse_iso("now"), None);
    }

    #[test]
    fn dates_are_civil() {
        assert_eq!(civil_date(0), (1970, 1, 1));
        assert_eq!(civil_date(19_782), (2024, 2, 29));
    }
}
