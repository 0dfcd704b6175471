//! Static interrupts: pausing before or after nodes, once per new state.

use crate::graph::{ChannelId, Graph};
use crate::state::State;

/// Whether any channel changed since interrupts were last handled.
pub fn has_news<V: Clone>(graph: &Graph<V>, state: &State<V>) -> bool {
    let seen = |name: &str| state.interrupt_seen.as_ref().and_then(|marks| marks.get(name));
    let known = state.versions.touched();
    known
        .filter_map(|(place, version)| Some((&*graph.channels[place].name, version.as_ref()?)))
        .chain(state.stray_versions.iter().map(|(name, version)| (&**name, version)))
        .any(|(name, version)| version.is_newer_than(seen(name)))
}

/// Records that the state as it stands was shown to whoever interrupted it.
pub fn mark_handled<V: Clone>(graph: &Graph<V>, state: &mut State<V>) {
    let State { versions, interrupt_seen, changes, .. } = state;
    changes.others = true;
    let marks = interrupt_seen.get_or_insert_with(Default::default);
    for (place, version) in versions.touched() {
        if let Some(version) = version {
            let name = &graph.channel(ChannelId(place as u32)).name;
            marks.insert(name.clone(), version.clone());
        }
    }
}
