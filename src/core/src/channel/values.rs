//! What a superstep writes to one channel.

/// Values in the order in which they were written. Most channels get one, which needs no list.
#[derive(Clone, Debug, Default)]
pub enum Values<V> {
    #[default]
    None,
    One(V),
    Many(Vec<V>),
}

impl<V> Values<V> {
    pub fn push(&mut self, value: V) {
        *self = match std::mem::take(self) {
            Values::None => Values::One(value),
            Values::One(first) => Values::Many(vec![first, value]),
            Values::Many(mut values) => {
                values.push(value);
                Values::Many(values)
            }
        };
    }

    pub fn len(&self) -> usize {
        match self {
            Values::None => 0,
            Values::One(_) => 1,
            Values::Many(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn into_last(self) -> Option<V> {
        match self {
            Values::None => None,
            Values::One(value) => Some(value),
            Values::Many(mut values) => values.pop(),
        }
    }

    pub fn into_vec(self) -> Vec<V> {
        self.into_iter().collect()
    }
}

impl<V> FromIterator<V> for Values<V> {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        let mut all = Values::None;
        for value in values {
            all.push(value);
        }
        all
    }
}

impl<V> IntoIterator for Values<V> {
    type Item = V;
    type IntoIter = std::iter::Chain<std::option::IntoIter<V>, std::vec::IntoIter<V>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, many) = match self {
            Values::None => (None, Vec::new()),
            Values::One(value) => (Some(value), Vec::new()),
            Values::Many(values) => (None, values),
        };
        one.into_iter().chain(many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_order() {
        for count in 0..4 {
            let values: Values<usize> = (0..count).collect();
            assert_eq!(values.len(), count);
            assert_eq!(values.clone().into_last(), count.checked_sub(1));
            assert_eq!(values.into_vec(), (0..count).collect::<Vec<_>>());
        }
    }
}
