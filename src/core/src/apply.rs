//! The barrier: all writes of a superstep are applied, in the order of the tasks' paths.
//!
//! sort by path → mark what was seen → consume triggers → group by channel → update → notify the
//! channels that react to silence → where nothing is left to trigger, let channels finish.

use crate::channel::Values;
use crate::graph::{ChannelId, Graph, NodeId};
use crate::host::Host;
use crate::path::Path;
use crate::state::State;
use crate::write::{Target, Write};
use smallvec::SmallVec;
use std::sync::Arc;

/// What one task leaves at the barrier.
pub struct TaskWrites<V> {
    pub path: Path,
    pub name: Arc<str>,
    /// The node that ran; `None` for writes of no node (input, commands, calls).
    pub node: Option<NodeId>,
    /// The channels that triggered it. A task made by a send has none of its own.
    pub triggers: Option<Arc<[ChannelId]>>,
    /// Whether the task counts as a step of the graph, so that silence is noticed after it.
    pub steps: bool,
    pub writes: Vec<Write<V>>,
}

impl<V> TaskWrites<V> {
    fn triggers(&self) -> &[ChannelId] {
        self.triggers.as_deref().unwrap_or_default()
    }
}

/// Channels that a superstep changed; most change a few.
pub type Updated = SmallVec<[ChannelId; 4]>;

/// Applies `tasks`, and takes their writes; returns the available channels that changed, in order of change.
///
/// `versioned` is false for what-if applications (a snapshot of pending writes): values change, marks
/// do not, and no channel is reported.
pub fn apply_writes<H: Host>(
    graph: &Graph<H::Value>,
    state: &mut State<H::Value>,
    tasks: &mut [TaskWrites<H::Value>],
    versioned: bool,
    host: &mut H,
) -> Result<Updated, H::Error> {
    if tasks.len() > 1 {
        tasks.sort_by_cached_key(|task| task.path.sort_key());
    }
    let steps = tasks.iter().any(|task| task.steps);
    for task in &*tasks {
        match task.node {
            Some(node) => state.mark_seen(node, task.triggers()),
            None => {
                state.stray_seen.entry(task.name.clone()).or_default();
            }
        }
    }
    let mut barrier = Barrier { graph, state, host, version: None, versioned, steps, updated: Updated::new() };
    barrier.consume(tasks)?;
    barrier.update(tasks)?;
    if steps {
        barrier.notify_silence()?;
        if !barrier.updated.iter().any(|c| !graph.triggered_by(*c).is_empty()) {
            barrier.finish()?;
        }
    }
    Ok(barrier.updated)
}

/// So many channels are searched for one by one.
const FEW: usize = 8;

/// Whether these are a few writes, each to a channel of its own.
fn are_apart<V>(writes: &[Write<V>]) -> bool {
    let is_apart = |place: usize, write: &Write<V>| match write.target {
        Target::Channel(_) => writes[..place].iter().all(|other| other.target != write.target),
        Target::Reserved(_) => true,
        Target::Unknown(_) => false,
    };
    writes.len() <= FEW && writes.iter().enumerate().all(|(place, write)| is_apart(place, write))
}

struct Barrier<'a, H: Host> {
    graph: &'a Graph<H::Value>,
    state: &'a mut State<H::Value>,
    host: &'a mut H,
    /// The version of this barrier, made when the first channel changes.
    version: Option<crate::Version>,
    versioned: bool,
    /// Silence is noticed at the end.
    steps: bool,
    updated: Updated,
}

impl<H: Host> Barrier<'_, H> {
    fn consume(&mut self, tasks: &[TaskWrites<H::Value>]) -> Result<(), H::Error> {
        let mut consumed: Vec<ChannelId> = Vec::new();
        for channel in tasks.iter().flat_map(|task| task.triggers().iter().copied()) {
            if !self.state.cells[channel.index()].is_consumed() || consumed.contains(&channel) {
                continue;
            }
            consumed.push(channel);
            if self.state.cells[channel.index()].consume(self.host)? {
                self.mark(channel)?;
            }
        }
        Ok(())
    }

    fn update(&mut self, tasks: &mut [TaskWrites<H::Value>]) -> Result<(), H::Error> {
        if let [task] = tasks {
            if are_apart(&task.writes) {
                return self.update_each(std::mem::take(&mut task.writes));
            }
        }
        let written: usize = tasks.iter().map(|task| task.writes.len()).sum();
        let mut groups: Vec<(ChannelId, Values<H::Value>)> = Vec::with_capacity(written.min(FEW));
        let mut places = std::collections::HashMap::new();
        for task in tasks {
            for write in std::mem::take(&mut task.writes) {
                match write.target {
                    Target::Channel(channel) => {
                        let place = if groups.len() < FEW {
                            groups.iter().position(|(c, _)| *c == channel)
                        } else {
                            if places.is_empty() {
                                places.extend(groups.iter().enumerate().map(|(i, (c, _))| (*c, i)));
                            }
                            places.get(&channel).copied()
                        };
                        match place {
                            Some(place) => groups[place].1.push(write.value),
                            None => {
                                if !places.is_empty() {
                                    places.insert(channel, groups.len());
                                }
                                groups.push((channel, Values::One(write.value)));
                            }
                        }
                    }
                    Target::Unknown(name) => self.host.unknown_channel(&task.name, &task.path, &name),
                    Target::Reserved(_) => {}
                }
            }
        }
        for (channel, values) in groups {
            self.touch(channel, values)?;
        }
        Ok(())
    }

    /// The same where no channel is written twice.
    fn update_each(&mut self, writes: Vec<Write<H::Value>>) -> Result<(), H::Error> {
        for write in writes {
            if let Target::Channel(channel) = write.target {
                self.touch(channel, Values::One(write.value))?;
            }
        }
        Ok(())
    }

    /// Tells the channels that react to silence. Those that hold nothing afterwards are left out next
    /// time, so that the cost follows the values there are, not the size of the graph.
    fn notify_silence(&mut self) -> Result<(), H::Error> {
        let mut fading = std::mem::take(&mut self.state.fading);
        for channel in &fading {
            if !self.updated.contains(channel) && self.state.cells[channel.index()].is_available(self.host)? {
                self.touch(*channel, Values::None)?;
            }
        }
        let mut failure = None;
        fading.retain(|channel| match self.state.cells[channel.index()].stays_notified(self.host) {
            Ok(stays) => stays,
            Err(error) => {
                failure = Some(error);
                true
            }
        });
        self.state.fading = fading;
        for channel in &self.updated {
            self.state.expect_silence(self.graph, *channel);
        }
        failure.map_or(Ok(()), Err)
    }

    fn finish(&mut self) -> Result<(), H::Error> {
        for channel in &self.graph.finishing {
            if self.state.cells[channel.index()].finish(self.host)? && self.mark(*channel)? {
                self.report(*channel)?;
            }
        }
        Ok(())
    }

    fn touch(&mut self, channel: ChannelId, values: Values<H::Value>) -> Result<(), H::Error> {
        let name = &self.graph.channel(channel).name;
        let changed = self.state.cells[channel.index()].update(self.host, name, values)?;
        if changed && self.mark(channel)? {
            self.report(channel)?;
        }
        // where `notify_silence` does not learn of it from what was updated
        if changed && !(self.steps && self.versioned) {
            self.state.expect_silence(self.graph, channel);
        }
        Ok(())
    }

    /// Gives `channel` the version of this barrier; says whether versions are kept at all.
    fn mark(&mut self, channel: ChannelId) -> Result<bool, H::Error> {
        if !self.versioned {
            return Ok(false);
        }
        let version = match &self.version {
            Some(version) => version.clone(),
            None => {
                let made = self.host.next_version(self.state.latest_version())?;
                self.state.note_latest(&made);
                self.version.insert(made).clone()
            }
        };
        self.state.place_version(channel, version);
        Ok(true)
    }

    fn report(&mut self, channel: ChannelId) -> Result<(), H::Error> {
        if self.state.cells[channel.index()].is_available(self.host)? {
            self.updated.push(channel);
        }
        Ok(())
    }
}
