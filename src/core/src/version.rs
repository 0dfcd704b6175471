//! A channel's monotone mark. Savers choose the kind: integers, floats or sortable strings.

use std::cmp::Ordering;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq)]
pub enum Version {
    Int(i64),
    Float(f64),
    Text(Arc<str>),
}

impl Version {
    /// The null version of the same kind: what a channel that was never written counts as.
    fn is_after_null(&self) -> bool {
        match self {
            Version::Int(v) => *v > 0,
            Version::Float(v) => *v > 0.0,
            Version::Text(v) => !v.is_empty(),
        }
    }

    /// Whether `self` is newer than what was `seen`; never having seen any counts as null.
    pub fn is_newer_than(&self, seen: Option<&Version>) -> bool {
        match seen {
            None => self.is_after_null(),
            Some(seen) => self.partial_cmp(seen) == Some(Ordering::Greater),
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Version::Int(a), Version::Int(b)) => Some(a.cmp(b)),
            (Version::Float(a), Version::Float(b)) => a.partial_cmp(b),
            (Version::Int(a), Version::Float(b)) => (*a as f64).partial_cmp(b),
            (Version::Float(a), Version::Int(b)) => a.partial_cmp(&(*b as f64)),
            (Version::Text(a), Version::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// The newer of two marks; the first where they cannot be compared.
pub fn newest<'a>(a: Option<&'a Version>, b: Option<&'a Version>) -> Option<&'a Version> {
    match (a, b) {
        (Some(x), Some(y)) if y > x => Some(y),
        (Some(x), _) => Some(x),
        (None, y) => y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_compare_among_themselves() {
        assert!(Version::Int(2).is_newer_than(Some(&Version::Int(1))));
        assert!(!Version::Int(2).is_newer_than(Some(&Version::Int(2))));
        assert!(Version::Text("002".into()).is_newer_than(Some(&Version::Text("001".into()))));
        assert!(Version::Int(2).is_newer_than(Some(&Version::Float(1.5))));
    }

    #[test]
    fn never_seen_counts_as_null() {
        assert!(Version::Int(1).is_newer_than(None));
        assert!(!Version::Int(0).is_newer_than(None));
        assert!(!Version::Text("".into()).is_newer_than(None));
    }
}
