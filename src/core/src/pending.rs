//! Pending writes: the persisted writes of an unfinished superstep.

use crate::write::{Reserved, Target, Write, NULL_TASK_ID};
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct PendingWrite<V> {
    pub task_id: Arc<str>,
    pub write: Write<V>,
}

/// Whether a saver keeps one write of this kind per task, the newest.
pub fn is_single(target: &Target) -> bool {
    matches!(target, Target::Reserved(Reserved::Error | Reserved::Interrupt | Reserved::Resume))
        || matches!(target, Target::Unknown(name) if &**name == "__scheduled__")
}

/// The pending writes of a superstep, in the order they came.
#[derive(Debug, Clone)]
pub struct Pending<V> {
    writes: Vec<PendingWrite<V>>,
    /// The tasks that have any, where there are many writes: a task is not searched for among them.
    tasks: Option<HashSet<Arc<str>>>,
}

/// From so many writes on they are not searched through.
const MANY: usize = 16;

/// What became of writes that were taken in.
pub struct Recorded<V> {
    /// The writes as they were taken.
    pub writes: Vec<Write<V>>,
    /// A saver stores for the task everything of its from this place of the list on.
    pub begin: usize,
    /// Whether the task had none.
    pub is_new: bool,
}

impl<V> Default for Pending<V> {
    fn default() -> Self {
        Pending { writes: Vec::new(), tasks: None }
    }
}

impl<V> Deref for Pending<V> {
    type Target = [PendingWrite<V>];

    fn deref(&self) -> &[PendingWrite<V>] {
        &self.writes
    }
}

impl<V> FromIterator<PendingWrite<V>> for Pending<V> {
    fn from_iter<I: IntoIterator<Item = PendingWrite<V>>>(writes: I) -> Self {
        Pending { writes: writes.into_iter().collect(), tasks: None }
    }
}

impl<V: Clone> Pending<V> {
    /// Notes that a task has writes; says whether it had any before.
    fn note(&mut self, task_id: &Arc<str>) -> bool {
        if self.tasks.is_none() && self.writes.len() < MANY {
            return self.writes.iter().any(|p| p.task_id == *task_id);
        }
        self.remember();
        !self.tasks.as_mut().is_some_and(|tasks| tasks.insert(task_id.clone()))
    }

    /// Keeps in mind which tasks had writes, before some are taken away.
    fn remember(&mut self) {
        let writes = &self.writes;
        self.tasks.get_or_insert_with(|| writes.iter().map(|p| p.task_id.clone()).collect());
    }

    pub fn retain(&mut self, keeps: impl FnMut(&PendingWrite<V>) -> bool) {
        self.remember();
        self.writes.retain(keeps);
    }

    pub fn remove(&mut self, place: usize) -> PendingWrite<V> {
        self.remember();
        self.writes.remove(place)
    }

    /// Takes in `writes` of a task.
    ///
    /// A task's writes replace those it had. Writes of no task add up, but for the kinds that are single.
    pub fn record(&mut self, task_id: &Arc<str>, mut writes: Vec<Write<V>>) -> Recorded<V> {
        if writes.iter().all(|w| is_single(&w.target)) {
            writes = newest_of_each(writes);
        }
        let is_known = self.note(task_id);
        let mut begin = self.writes.len();
        if &**task_id == NULL_TASK_ID {
            self.writes.retain(|p| p.task_id != *task_id || !is_single(&p.write.target));
            writes.sort_by_key(|w| is_single(&w.target));
            begin = 0;
        } else if is_known {
            self.writes.retain(|p| p.task_id != *task_id);
            begin = self.writes.len();
        }
        self.writes.extend(writes.iter().map(|w| PendingWrite { task_id: task_id.clone(), write: w.clone() }));
        Recorded { writes, begin, is_new: !is_known }
    }

    /// The writes of a task from `begin` on, as `record` told it.
    pub fn stored<'a>(&'a self, task_id: &'a str, begin: usize) -> impl Iterator<Item = &'a Write<V>> {
        self.writes[begin..].iter().filter(move |p| &*p.task_id == task_id).map(|p| &p.write)
    }
}

fn newest_of_each<V>(writes: Vec<Write<V>>) -> Vec<Write<V>> {
    let mut out: Vec<Write<V>> = Vec::new();
    for write in writes {
        match out.iter_mut().find(|w| w.target == write.target) {
            Some(slot) => *slot = write,
            None => out.push(write),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::ChannelId;

    fn write(target: Target, value: i32) -> Write<i32> {
        Write::new(target, value)
    }

    #[test]
    fn a_tasks_writes_replace_those_it_had() {
        let id: Arc<str> = "t".into();
        let mut pending = Pending::default();
        pending.record(&id, vec![write(Target::Channel(ChannelId(0)), 1)]);
        pending.record(&id, vec![write(Target::Channel(ChannelId(0)), 2)]);
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0].write.value, 2);
    }

    #[test]
    fn writes_of_no_task_add_up_but_answers_are_single() {
        let id: Arc<str> = NULL_TASK_ID.into();
        let mut pending = Pending::default();
        pending.record(&id, vec![write(Target::Reserved(Reserved::Resume), 1)]);
        let begin = pending
            .record(&id, vec![write(Target::Reserved(Reserved::Resume), 2), write(Target::Channel(ChannelId(0)), 3)])
            .begin;
        assert_eq!(pending.stored(&id, begin).map(|w| w.value).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(pending.len(), 2);
    }
}
