//! Delta channels: kept as the writes since a snapshot. When to snapshot, and what a snapshot leaves
//! behind in versions and marks.

use crate::graph::{ChannelId, Graph};
use crate::host::Host;
use crate::sparse::Sparse;
use crate::state::State;
use crate::task_id::sha1_prefix;
use crate::version::Version;
use crate::write::{Target, Write, NULL_TASK_ID};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::{Builder, Uuid};

/// The entry among the marks of nodes that tells which marks only a snapshot made.
pub const BUMPS: &str = "__snapshot_bumps__";
/// What stands between a node and a channel in the key of the version made…
const MADE: char = '|';
/// …and in the key of the version that was really read. No name has either.
const READ: char = ':';

/// How much lies behind a channel's last snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub updates: u64,
    pub supersteps: u64,
}

impl Count {
    pub fn advance(&mut self, updated: bool) {
        self.updates += u64::from(updated);
        self.supersteps += 1;
    }

    /// Whether a snapshot is due after `frequency` updates, or `bound` supersteps even without any.
    pub fn is_due(self, frequency: u64, bound: u64) -> bool {
        self.updates >= frequency || self.supersteps >= bound
    }
}

struct Bump {
    channel: ChannelId,
    old: Option<Version>,
    new: Version,
}

/// Gives the channels of a snapshot new versions where theirs are stored already: savers store a value
/// only for a new version. Nobody is triggered by such a version.
///
/// `stored` holds the versions that the saver has, by channel.
pub fn bump<H: Host>(
    graph: &Graph<H::Value>,
    state: &mut State<H::Value>,
    snapshot: &[ChannelId],
    stored: &Sparse<Option<Version>>,
    host: &mut H,
) -> Result<(), H::Error> {
    let mut bumps = Vec::new();
    for channel in snapshot {
        let old = state.version(*channel).cloned();
        let known = stored.get(channel.index()).and_then(Option::as_ref);
        if old.is_some() && old.as_ref() != known {
            continue;
        }
        let new = host.next_version(old.as_ref())?;
        state.set_version(*channel, new.clone());
        bumps.push(Bump { channel: *channel, old, new });
    }
    if !bumps.is_empty() {
        mark_seen(graph, state, &bumps);
    }
    Ok(())
}

/// Whoever had seen the old version has seen the new one, which is no write.
fn mark_seen<V: Clone>(graph: &Graph<V>, state: &mut State<V>, bumps: &[Bump]) {
    for bump in bumps.iter().filter(|bump| bump.old.is_none()) {
        // subscribers that never ran would start on it
        for node in graph.triggered_by(bump.channel) {
            state.seen[node.index()].get_or_insert_with(Vec::new);
        }
    }
    state.changes.others = true;
    let mut marks = state.stray_seen.remove(BUMPS).unwrap_or_default();
    for (node, seen) in state.seen.touched_mut() {
        let (node, Some(seen)) = (&graph.nodes[node], seen) else { continue };
        for bump in bumps {
            let place = seen.iter().position(|(channel, _)| *channel == bump.channel);
            if place.map(|place| &seen[place].1) != bump.old.as_ref() {
                continue;
            }
            record(&mut marks, &node.name, &graph.channel(bump.channel).name, bump);
            match place {
                Some(place) => seen[place].1 = bump.new.clone(),
                None => seen.push((bump.channel, bump.new.clone())),
            }
        }
    }
    let State { stray_seen, interrupt_seen, .. } = state;
    let strays = stray_seen.iter_mut().filter(|(node, _)| graph.node_id(node).is_none());
    let interrupts = interrupt_seen.iter_mut().map(|seen| (crate::Reserved::Interrupt.name(), seen));
    for (node, seen) in strays.map(|(node, seen)| (&**node, seen)).chain(interrupts) {
        for bump in bumps {
            let name = &graph.channel(bump.channel).name;
            if seen.get(name) == bump.old.as_ref() {
                record(&mut marks, node, name, bump);
                seen.insert(name.clone(), bump.new.clone());
            }
        }
    }
    if !marks.is_empty() {
        state.stray_seen.insert(BUMPS.into(), marks);
    }
}

/// Keeps the version made, and beside it the version really read: that of the first of many bumps.
fn record(marks: &mut HashMap<Arc<str>, Version>, node: &str, channel: &str, bump: &Bump) {
    let made: Arc<str> = format!("{node}{MADE}{channel}").into();
    if let Some(old) = &bump.old {
        if marks.get(&made) != Some(old) {
            marks.insert(format!("{node}{READ}{channel}").into(), old.clone());
        }
    }
    marks.insert(made, bump.new.clone());
}

/// A write to a delta channel, kept for the end of a run that stores nothing before.
pub struct LateWrite<V> {
    pub step: i64,
    pub task_id: Arc<str>,
    /// The sort key of the task's path.
    pub path: String,
    pub channel: ChannelId,
    pub value: V,
}

/// Writes that are stored under one task id.
pub struct LateGroup<V> {
    pub task_id: String,
    pub path: String,
    pub writes: Vec<Write<V>>,
}

/// Puts writes of many supersteps into an order that holds whether a saver sorts by path or by id.
///
/// Those of the anchor's own superstep (`first_step`) keep their paths, since a resume may have left
/// others of the same superstep there. Task ids are made up: under its own id an unfinished task
/// would look done. `None` where a task id is no UUID.
pub fn group_late<V>(writes: Vec<LateWrite<V>>, first_step: Option<i64>) -> Option<Vec<LateGroup<V>>> {
    let mut groups: Vec<LateGroup<V>> = Vec::new();
    for late in writes {
        let (task_id, path) = if &*late.task_id == NULL_TASK_ID {
            (exit_task_id(late.step, &late.task_id)?, String::new())
        } else if Some(late.step) == first_step {
            (exit_task_id(late.step, &late.task_id)?, late.path)
        } else {
            (late_task_id(late.step, &late.task_id)?, format!("~~{:010}{}", late.step, late.path))
        };
        let write = Write::new(Target::Channel(late.channel), late.value);
        match groups.iter_mut().find(|group| group.task_id == task_id && group.path == path) {
            Some(group) => group.writes.push(write),
            None => groups.push(LateGroup { task_id, path, writes: vec![write] }),
        }
    }
    Some(groups)
}

/// A task id that sorts by `step`; a UUID, and never the null id.
pub fn exit_task_id(step: i64, task_id: &str) -> Option<String> {
    let id = canonical(task_id)?;
    let made = format!("{step:08}{}", &id[8..]);
    Some(if made == NULL_TASK_ID { format!("{step:08}-0000-0000-0000-000000000001") } else { made })
}

/// A task id that sorts by `step`, after every real one.
pub fn late_task_id(step: i64, task_id: &str) -> Option<String> {
    let id = canonical(task_id)?;
    Some(format!("ffffffff-{:04x}-{:04x}{}", step >> 16, step & 0xFFFF, &id[18..]))
}

fn canonical(id: &str) -> Option<String> {
    Uuid::try_parse(id).ok().map(|id| id.hyphenated().to_string())
}

/// The id under which input is stored on the checkpoint with these id bytes: a UUID of version 5.
/// `None` where they are no UUID.
pub fn input_task_id(checkpoint_id: &[u8], input: &str) -> Option<String> {
    let namespace: [u8; 16] = checkpoint_id.try_into().ok()?;
    let digest = sha1_prefix(&[&namespace, input.as_bytes()].concat());
    Some(Builder::from_sha1_bytes(digest).into_uuid().hyphenated().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChannelKind, ForeignCall, ForeignReply, GraphBuilder, NodeId, Rule};

    struct Counter;

    impl Host for Counter {
        type Value = i64;
        type Error = Rule;

        fn reduce(&mut self, _: &i64, left: i64, right: i64) -> Result<i64, Rule> {
            Ok(left + right)
        }
        fn overwrite(&mut self, _: &i64) -> Result<Option<i64>, Rule> {
            Ok(None)
        }
        fn spread(&mut self, _: &i64) -> Option<Vec<i64>> {
            None
        }
        fn position(&mut self, value: &i64, names: &[i64]) -> Result<Option<usize>, Rule> {
            Ok(names.iter().position(|name| name == value))
        }
        fn stranger(&mut self, channel: &str, _: &i64, _: &[i64]) -> Rule {
            Rule::Empty { channel: channel.into() }
        }
        fn foreign(&mut self, _: &i64, _: ForeignCall<i64>) -> Result<ForeignReply<i64>, Rule> {
            Ok(ForeignReply::Empty)
        }
        fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Rule> {
            Ok(match current {
                Some(Version::Int(v)) => Version::Int(v + 1),
                _ => Version::Int(1),
            })
        }
        fn unknown_channel(&mut self, _: &str, _: &crate::Path, _: &str) {}
    }

    fn graph() -> Graph<i64> {
        let mut builder = GraphBuilder::default();
        builder.add_channel("log", ChannelKind::LastValue);
        builder.add_node("reader", &["log".to_owned()]);
        builder.build()
    }

    const LOG: ChannelId = ChannelId(0);
    const READER: NodeId = NodeId(0);

    fn state(graph: &Graph<i64>) -> State<i64> {
        State::new(graph, vec![crate::Channel::LastValue(None)].into())
    }

    #[test]
    fn a_snapshot_is_due_by_updates_or_by_supersteps() {
        let mut count = Count::default();
        count.advance(true);
        count.advance(false);
        assert_eq!(count, Count { updates: 1, supersteps: 2 });
        assert!(count.is_due(1, 9) && count.is_due(9, 2) && !count.is_due(2, 3));
    }

    #[test]
    fn a_stored_version_is_bumped_and_its_readers_stay_quiet() {
        let graph = graph();
        let mut state = state(&graph);
        state.set_version(LOG, Version::Int(4));
        state.mark_seen(READER, &[LOG]);
        bump(&graph, &mut state, &[LOG], &vec![Some(Version::Int(4))].into(), &mut Counter).unwrap();
        assert_eq!(state.version(LOG), Some(&Version::Int(5)));
        assert_eq!(state.seen_version(READER, LOG), Some(&Version::Int(5)));
        let marks = &state.stray_seen[BUMPS];
        assert_eq!(marks["reader|log"], Version::Int(5));
        assert_eq!(marks["reader:log"], Version::Int(4));
        bump(&graph, &mut state, &[LOG], &vec![Some(Version::Int(5))].into(), &mut Counter).unwrap();
        assert_eq!(state.stray_seen[BUMPS]["reader|log"], Version::Int(6));
        assert_eq!(state.stray_seen[BUMPS]["reader:log"], Version::Int(4));
    }

    #[test]
    fn a_version_that_moved_by_itself_is_left() {
        let graph = graph();
        let mut state = state(&graph);
        state.set_version(LOG, Version::Int(4));
        bump(&graph, &mut state, &[LOG], &vec![Some(Version::Int(3))].into(), &mut Counter).unwrap();
        assert_eq!(state.version(LOG), Some(&Version::Int(4)));
        assert!(!state.stray_seen.contains_key(BUMPS));
    }

    #[test]
    fn a_channel_never_written_gets_a_version_that_starts_nobody() {
        let graph = graph();
        let mut state = state(&graph);
        bump(&graph, &mut state, &[LOG], &Sparse::empty(), &mut Counter).unwrap();
        assert_eq!(state.seen_version(READER, LOG), Some(&Version::Int(1)));
        assert!(!state.stray_seen[BUMPS].contains_key("reader:log"));
    }

    #[test]
    fn made_up_ids_sort_by_superstep() {
        let id = "28686192-6358-b933-8c91-959585177695";
        assert_eq!(exit_task_id(7, id).unwrap(), "00000007-6358-b933-8c91-959585177695");
        assert_eq!(exit_task_id(0, NULL_TASK_ID).unwrap(), "00000000-0000-0000-0000-000000000001");
        assert_eq!(late_task_id(0x1_0002, id).unwrap(), "ffffffff-0001-0002-8c91-959585177695");
        assert_eq!(exit_task_id(0, "no id"), None);
    }

    #[test]
    fn late_writes_of_the_anchors_superstep_keep_their_paths() {
        let id: Arc<str> = "28686192-6358-b933-8c91-959585177695".into();
        let late = |step, value| LateWrite { step, task_id: id.clone(), path: "~p".into(), channel: LOG, value };
        let groups = group_late(vec![late(1, 1), late(1, 2), late(2, 3)], Some(1)).unwrap();
        let shown: Vec<_> = groups.iter().map(|g| (&*g.path, g.writes.len())).collect();
        assert_eq!(shown, [("~p", 2), ("~~0000000002~p", 1)]);
    }

    #[test]
    fn input_ids_are_version_5_uuids() {
        let namespace = Uuid::try_parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8").unwrap();
        let id = input_task_id(namespace.as_bytes(), "python.org").unwrap();
        assert_eq!(id, "886313e1-3b8a-5372-9b90-0c9aee199e5d");
    }
}
