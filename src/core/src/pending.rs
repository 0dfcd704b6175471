//! Pending writes: the persisted writes of an unfinished superstep.

use crate::write::{Reserved, Target, Write, NULL_TASK_ID};
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

/// Takes in `writes` of a task and returns what a saver is to store for it.
///
/// A task's writes replace those it had. Writes of no task add up, but for the kinds that are single.
pub fn record<V: Clone>(
    pending: &mut Vec<PendingWrite<V>>,
    task_id: &Arc<str>,
    mut writes: Vec<Write<V>>,
) -> (Vec<Write<V>>, Vec<Write<V>>) {
    if writes.iter().all(|w| is_single(&w.target)) {
        writes = newest_of_each(writes);
    }
    let mut stored = Vec::new();
    if &**task_id == NULL_TASK_ID {
        pending.retain(|p| p.task_id != *task_id || !is_single(&p.write.target));
        writes.sort_by_key(|w| is_single(&w.target));
        stored.extend(pending.iter().filter(|p| p.task_id == *task_id).map(|p| p.write.clone()));
    } else {
        pending.retain(|p| p.task_id != *task_id);
    }
    stored.extend(writes.iter().cloned());
    pending.extend(writes.iter().map(|w| PendingWrite { task_id: task_id.clone(), write: w.clone() }));
    (writes, stored)
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
        let mut pending = Vec::new();
        record(&mut pending, &id, vec![write(Target::Channel(ChannelId(0)), 1)]);
        record(&mut pending, &id, vec![write(Target::Channel(ChannelId(0)), 2)]);
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0].write.value, 2);
    }

    #[test]
    fn writes_of_no_task_add_up_but_answers_are_single() {
        let id: Arc<str> = NULL_TASK_ID.into();
        let mut pending = Vec::new();
        record(&mut pending, &id, vec![write(Target::Reserved(Reserved::Resume), 1)]);
        let (_, stored) = record(
            &mut pending,
            &id,
            vec![write(Target::Reserved(Reserved::Resume), 2), write(Target::Channel(ChannelId(0)), 3)],
        );
        assert_eq!(stored.iter().map(|w| w.value).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(pending.len(), 2);
    }
}
