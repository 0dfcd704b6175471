//! The checkpoints of one namespace of a thread.
//!
//! A checkpoint that a run made holds its marks (the channels' versions, and what the nodes have seen
//! of them) as what changed since another checkpoint. A chain of changes ends in whole marks before it
//! gets longer than they are. Values are kept by channel and version, as checkpoints name them.

use super::names::{Id, Versions};
use super::stored::{Encoded, Stored};
use crate::host::Obj;
use crate::run::checkpoint::Source;
use std::collections::BTreeMap;
use std::sync::Arc;

/// No checkpoint, or nothing seen.
pub const NONE: u32 = u32::MAX;
/// Tasks among which one is searched for in any case.
const MANY: usize = 32;
/// Up to this length a list has no more room than it needs.
const FEW: usize = 4;

#[derive(Clone, Default)]
pub struct Shelf {
    /// Told from other shelves by this.
    pub serial: u64,
    pub versions: Versions,
    /// In the order they were put. One that was put again stays for those that build on it.
    pub records: Vec<Record>,
    /// The places of the records in force, by id.
    order: Vec<u32>,
    /// By channel, sorted; of each by version, sorted.
    values: Vec<(u32, Vec<(u32, Stored)>)>,
    /// Writes to checkpoints that were never put.
    strays: Vec<(Id, Vec<TaskWrites>)>,
}

#[derive(Clone)]
pub struct Record {
    pub id: Id,
    pub parent: Option<Id>,
    pub body: Body,
    pub writes: Vec<TaskWrites>,
}

#[derive(Clone)]
pub enum Body {
    /// Of the form in which runs make them.
    Made(Arc<Made>),
    /// Of any other: the checkpoint without its values, and the metadata.
    Given(Arc<(Encoded, Encoded)>),
}

pub struct Made {
    pub time_us: u64,
    pub step: i64,
    pub told: Told,
    pub updated: Option<Box<[u32]>>,
    /// The place of the record whose marks these change; `NONE` where they are whole.
    base: u32,
    /// The marks in this chain of changes, and those that it begins with.
    burden: u32,
    whole: u32,
    changes: Changes,
}

/// The metadata.
pub enum Told {
    Run {
        source: Source,
        about: Arc<About>,
        /// Of delta channels.
        counters: Option<Stored>,
    },
    Given(Encoded),
}

/// What the checkpoints of a run have in common.
pub struct About {
    /// `parents` of the metadata.
    pub parents: Stored,
    /// What the run's config adds to the metadata: strings and plain values.
    pub more: Vec<(Obj, Obj)>,
}

/// Marks, or what changed of them: `(channel, version)` and `(node, channel, version)`. A node that has
/// run and seen nothing has `NONE` for a channel.
#[derive(Clone, Default)]
pub struct Changes {
    pub versions: Box<[(u32, u32)]>,
    pub seen: Box<[(u32, u32, u32)]>,
}

/// All marks of a checkpoint.
#[derive(Default)]
pub struct Marks {
    pub versions: BTreeMap<u32, u32>,
    pub seen: BTreeMap<(u32, u32), u32>,
}

#[derive(Clone)]
pub struct TaskWrites {
    pub task: Id,
    pub path: u32,
    pub writes: Vec<StoredWrite>,
}

#[derive(Clone)]
pub struct StoredWrite {
    pub channel: u32,
    /// Its number among the task's writes; below zero for those of which there is one.
    pub index: i32,
    pub value: Stored,
}

/// A new checkpoint.
pub struct NewMade {
    pub id: Id,
    pub parent: Option<Id>,
    pub time_us: u64,
    pub step: i64,
    pub told: Told,
    pub updated: Option<Box<[u32]>>,
    pub marks: NewMarks,
}

pub enum NewMarks {
    Whole(Changes),
    /// What changed since the checkpoint at this place, which a run made.
    Since(u32, Changes),
}

/// Marks as they are kept.
struct Chained {
    base: u32,
    burden: u32,
    whole: u32,
    changes: Changes,
}

impl Chained {
    fn whole(changes: Changes) -> Chained {
        let length = changes.len() as u32;
        Chained { base: NONE, burden: length, whole: length, changes }
    }
}

impl Changes {
    fn len(&self) -> usize {
        self.versions.len() + self.seen.len()
    }
}

impl Marks {
    fn change(&mut self, changes: &Changes) {
        self.versions.extend(changes.versions.iter().copied());
        self.seen.extend(changes.seen.iter().map(|(node, channel, version)| ((*node, *channel), *version)));
    }

    fn whole(&self) -> Changes {
        Changes {
            versions: self.versions.iter().map(|(channel, version)| (*channel, *version)).collect(),
            seen: self.seen.iter().map(|((node, channel), version)| (*node, *channel, *version)).collect(),
        }
    }

    /// What `whole` has that these have not; `None` if these have something that it has not.
    fn changes_to(&self, whole: &Changes) -> Option<Changes> {
        let versions: Box<[_]> =
            whole.versions.iter().filter(|(c, v)| self.versions.get(c) != Some(v)).copied().collect();
        let seen: Box<[_]> =
            whole.seen.iter().filter(|(n, c, v)| self.seen.get(&(*n, *c)) != Some(v)).copied().collect();
        let added_versions = versions.iter().filter(|(c, _)| !self.versions.contains_key(c)).count();
        let added_seen = seen.iter().filter(|(n, c, _)| !self.seen.contains_key(&(*n, *c))).count();
        let covers = self.versions.len() + added_versions == whole.versions.len()
            && self.seen.len() + added_seen == whole.seen.len();
        covers.then_some(Changes { versions, seen })
    }
}

impl Shelf {
    pub fn new(serial: u64) -> Shelf {
        Shelf { serial, ..Shelf::default() }
    }

    fn search(&self, id: &Id) -> Result<usize, usize> {
        self.order.binary_search_by(|place| self.records[*place as usize].id.cmp(id))
    }

    pub fn find(&self, id: &Id) -> Option<&Record> {
        Some(&self.records[self.place_of(id)? as usize])
    }

    pub fn place_of(&self, id: &Id) -> Option<u32> {
        // the newest is asked for most
        let last = *self.order.last()?;
        if self.records[last as usize].id == *id {
            return Some(last);
        }
        self.search(id).ok().map(|at| self.order[at])
    }

    /// Whether the record at a place is of the form in which runs make them.
    pub fn is_made(&self, place: u32) -> bool {
        matches!(self.records[place as usize].body, Body::Made(_))
    }

    pub fn latest(&self) -> Option<&Record> {
        self.order.last().map(|place| &self.records[*place as usize])
    }

    /// The records in force, oldest id first.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.order.iter().map(|place| &self.records[*place as usize])
    }

    fn put(&mut self, mut record: Record) -> u32 {
        let place = self.records.len() as u32;
        match self.search(&record.id) {
            Ok(at) => {
                let old = std::mem::replace(&mut self.order[at], place);
                record.writes = std::mem::take(&mut self.records[old as usize].writes);
            }
            Err(at) => {
                if let Some(stray) = self.strays.iter().position(|(id, _)| *id == record.id) {
                    record.writes = self.strays.swap_remove(stray).1;
                }
                self.order.insert(at, place);
            }
        }
        self.records.push(record);
        place
    }

    pub fn put_given(&mut self, id: Id, parent: Option<Id>, checkpoint: Encoded, metadata: Encoded) {
        let body = Body::Given(Arc::new((checkpoint, metadata)));
        self.put(Record { id, parent, body, writes: Vec::new() });
    }

    /// Puts a checkpoint of a run; gives its place.
    pub fn put_made(&mut self, new: NewMade) -> u32 {
        let Chained { base, burden, whole, changes } = match new.marks {
            NewMarks::Since(base, changes) => self.settle(base, changes),
            NewMarks::Whole(whole) => {
                let parent = new.parent.as_ref().and_then(|id| self.place_of(id));
                let since = parent.and_then(|place| Some((place, self.marks(place)?.changes_to(&whole)?)));
                match since {
                    Some((place, changes)) => self.settle(place, changes),
                    None => Chained::whole(whole),
                }
            }
        };
        let made = Made {
            time_us: new.time_us,
            step: new.step,
            told: new.told,
            updated: new.updated,
            base,
            burden,
            whole,
            changes,
        };
        let body = Body::Made(Arc::new(made));
        self.put(Record { id: new.id, parent: new.parent, body, writes: Vec::new() })
    }

    /// Whether changes are kept as changes, or the marks as a whole.
    fn settle(&self, base: u32, changes: Changes) -> Chained {
        let Body::Made(before) = &self.records[base as usize].body else { return Chained::whole(changes) };
        let burden = before.burden + changes.len() as u32;
        if burden <= 2 * before.whole + 8 {
            return Chained { base, burden, whole: before.whole, changes };
        }
        let mut marks = self.marks(base).unwrap_or_default();
        marks.change(&changes);
        Chained::whole(marks.whole())
    }

    /// The marks of the record at a place, if a run made it.
    pub fn marks(&self, place: u32) -> Option<Marks> {
        let mut chain = Vec::new();
        let mut place = place;
        while place != NONE {
            let Body::Made(made) = &self.records[place as usize].body else { return None };
            chain.push(made);
            place = made.base;
        }
        let mut marks = Marks::default();
        for made in chain.iter().rev() {
            marks.change(&made.changes);
        }
        Some(marks)
    }

    pub fn put_value(&mut self, channel: u32, version: u32, value: Stored) {
        let at = match self.values.binary_search_by_key(&channel, |(channel, _)| *channel) {
            Ok(at) => at,
            Err(at) => {
                self.values.insert(at, (channel, Vec::new()));
                at
            }
        };
        let versions = &mut self.values[at].1;
        match versions.binary_search_by_key(&version, |(version, _)| *version) {
            Ok(at) => versions[at].1 = value,
            Err(at) if at == versions.len() => push_tightly(versions, (version, value)),
            Err(at) => versions.insert(at, (version, value)),
        }
    }

    pub fn value(&self, channel: u32, version: u32) -> Option<&Stored> {
        let at = self.values.binary_search_by_key(&channel, |(channel, _)| *channel).ok()?;
        let versions = &self.values[at].1;
        let at = versions.binary_search_by_key(&version, |(version, _)| *version).ok()?;
        Some(&versions[at].1)
    }

    /// All values, as `(channel, version, value)`.
    pub fn values(&self) -> impl Iterator<Item = (u32, u32, &Stored)> {
        self.values
            .iter()
            .flat_map(|(channel, versions)| versions.iter().map(|(version, value)| (*channel, *version, value)))
    }

    fn writes_place(&mut self, id: &Id) -> &mut Vec<TaskWrites> {
        if let Some(place) = self.place_of(id) {
            return &mut self.records[place as usize].writes;
        }
        let at = match self.strays.iter().position(|(stray, _)| stray == id) {
            Some(at) => at,
            None => {
                self.strays.push((id.clone(), Vec::new()));
                self.strays.len() - 1
            }
        };
        &mut self.strays[at].1
    }

    /// Adds a task's writes. One that is there already stays, but for those of which there is one only.
    pub fn put_writes(&mut self, checkpoint: &Id, task: Id, path: u32, writes: Vec<StoredWrite>, is_new: bool) {
        let groups = self.writes_place(checkpoint);
        // many tasks of one superstep are not searched for each of them
        let is_new = is_new && groups.len() > MANY;
        if is_new || !groups.iter().any(|group| group.task == task) {
            let own = if writes.iter().all(|write| write.index >= 0) { writes } else { newest_of_each(writes) };
            push_tightly(groups, TaskWrites { task, path, writes: own });
            return;
        }
        let mut fresh = Vec::new();
        for write in writes {
            let mut own = groups.iter_mut().filter(|group| group.task == task);
            let known = own.find_map(|group| {
                let at = group.writes.iter().position(|known| known.index == write.index)?;
                Some((group, at))
            });
            match known {
                Some((group, at)) if write.index < 0 => {
                    group.writes.remove(at);
                    add(&mut fresh, write);
                }
                Some(_) => {}
                None => add(&mut fresh, write),
            }
        }
        match groups.iter_mut().find(|group| group.task == task && group.path == path) {
            Some(group) => group.writes.extend(fresh),
            None if fresh.is_empty() => {}
            None => groups.push(TaskWrites { task, path, writes: fresh }),
        }
    }

    /// All writes by checkpoint.
    pub fn all_writes(&self) -> impl Iterator<Item = (&Id, &[TaskWrites])> {
        let put = self.in_order().map(|record| (&record.id, &record.writes[..]));
        put.chain(self.strays.iter().map(|(id, writes)| (id, &writes[..])))
    }
}

/// Adds to a list of which there are many that stay short.
fn push_tightly<T>(list: &mut Vec<T>, item: T) {
    if list.len() < FEW {
        list.reserve_exact(1);
    }
    list.push(item);
}

fn newest_of_each(writes: Vec<StoredWrite>) -> Vec<StoredWrite> {
    let mut own = Vec::with_capacity(writes.len());
    writes.into_iter().for_each(|write| add(&mut own, write));
    own
}

/// Adds a write of one call: those of which there is one only replace each other, the others are numbered.
fn add(writes: &mut Vec<StoredWrite>, write: StoredWrite) {
    if write.index < 0 {
        if let Some(known) = writes.iter_mut().find(|known| known.index == write.index) {
            *known = write;
            return;
        }
    }
    writes.push(write);
}
