//! A list of fixed length that costs what was changed of it.
//!
//! A run touches few channels and nodes of a large graph. So places stand in pages, and a page is made
//! when one of its places is first written; until then its places read as what the list was made of.

use std::ops::{Index, IndexMut};
use std::sync::Arc;

const PAGE: usize = 32;

#[derive(Clone)]
enum Blank<T> {
    /// Every place begins with the same.
    Same(T),
    /// Each place begins with its own.
    Each(Arc<[T]>),
}

#[derive(Clone)]
pub struct Sparse<T> {
    len: usize,
    blank: Blank<T>,
    pages: Vec<Option<Box<[T]>>>,
}

impl<T: Clone> Sparse<T> {
    /// `len` times `value`.
    pub fn same(value: T, len: usize) -> Self {
        Sparse { len, blank: Blank::Same(value), pages: vec![None; len.div_ceil(PAGE)] }
    }

    /// What `template` holds, which stays as it is.
    pub fn from_template(template: Arc<[T]>) -> Self {
        let len = template.len();
        Sparse { len, blank: Blank::Each(template), pages: vec![None; len.div_ceil(PAGE)] }
    }
}

impl<T> Sparse<T> {
    pub fn empty() -> Self {
        Sparse { len: 0, blank: Blank::Each(Arc::new([])), pages: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, place: usize) -> Option<&T> {
        match self.pages.get(place / PAGE)? {
            Some(page) => page.get(place % PAGE),
            None => match &self.blank {
                Blank::Same(value) => (place < self.len).then_some(value),
                Blank::Each(values) => values.get(place),
            },
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.len).map(|place| &self[place])
    }

    /// The places that may differ from what the list was made of, with their numbers.
    pub fn touched(&self) -> impl Iterator<Item = (usize, &T)> {
        let pages = self.pages.iter().enumerate();
        pages.flat_map(|(number, page)| {
            page.iter()
                .flat_map(move |page| page.iter().enumerate().map(move |(at, value)| (number * PAGE + at, value)))
        })
    }

    /// The same, to be changed.
    pub fn touched_mut(&mut self) -> impl Iterator<Item = (usize, &mut T)> {
        let pages = self.pages.iter_mut().enumerate();
        pages.flat_map(|(number, page)| {
            let places = page.iter_mut().flat_map(|page| page.iter_mut().enumerate());
            places.map(move |(at, value)| (number * PAGE + at, value))
        })
    }
}

impl<T> Index<usize> for Sparse<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        match (&self.pages[place / PAGE], &self.blank) {
            (Some(page), _) => &page[place % PAGE],
            (None, Blank::Same(value)) => value,
            (None, Blank::Each(values)) => &values[place],
        }
    }
}

#[cold]
fn make_page<T: Clone>(blank: &Blank<T>, len: usize, number: usize) -> Box<[T]> {
    let first = number * PAGE;
    let end = len.min(first + PAGE);
    match blank {
        Blank::Same(value) => vec![value.clone(); end - first].into(),
        Blank::Each(values) => values[first..end].into(),
    }
}

impl<T: Clone> IndexMut<usize> for Sparse<T> {
    fn index_mut(&mut self, place: usize) -> &mut T {
        let number = place / PAGE;
        let page = self.pages[number].get_or_insert_with(|| make_page(&self.blank, self.len, number));
        &mut page[place % PAGE]
    }
}

impl<T> From<Vec<T>> for Sparse<T> {
    fn from(values: Vec<T>) -> Self {
        let len = values.len();
        let mut pages = Vec::with_capacity(len.div_ceil(PAGE));
        let mut values = values.into_iter();
        while pages.len() < len.div_ceil(PAGE) {
            pages.push(Some(values.by_ref().take(PAGE).collect()));
        }
        Sparse { len, blank: Blank::Each(Arc::new([])), pages }
    }
}

#[cfg(test)]
mod tests {
    use super::Sparse;
    use std::sync::Arc;

    #[test]
    fn a_page_is_made_by_the_first_write_to_it() {
        let template: Arc<[u32]> = (0..40).collect();
        let mut list = Sparse::from_template(template.clone());
        assert_eq!(list.touched().count(), 0);
        list[37] = 99;
        assert_eq!(list.touched().count(), 8);
        assert_eq!((list[16], list[37], list[39], list.len()), (16, 99, 39, 40));
        assert_eq!((template[37], list.get(40)), (37, None));
        list[2] += 1;
        assert_eq!(list.touched().count(), 40);
        assert_eq!(list.iter().copied().sum::<u32>(), (0..40).sum::<u32>() - 37 + 99 + 1);
    }

    #[test]
    fn equal_places_are_no_list() {
        let mut list = Sparse::same(None, 40);
        list[39] = Some(1);
        assert_eq!((list[0], list[38], list[39], list.get(40)), (None, None, Some(1), None));
        assert_eq!(list.iter().count(), 40);
        for (place, value) in list.touched_mut() {
            *value = Some(place);
        }
        assert_eq!((list[31], list[32]), (None, Some(32)));
    }

    #[test]
    fn a_list_is_taken_as_it_is() {
        let list = Sparse::from((0..33).collect::<Vec<_>>());
        assert!(list.iter().copied().eq(0..33));
        assert!(Sparse::<u8>::empty().is_empty());
    }
}
