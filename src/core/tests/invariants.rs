//! What always holds of a superstep, on values that are plain lists of numbers.

use pregel_core::apply::{apply_writes, TaskWrites, Updated};
use pregel_core::channel::Values;
use pregel_core::path::Path;
use pregel_core::task_id::{Scheme, TaskIds};
use pregel_core::write::{Target, Write};
use pregel_core::{
    plan, read, Channel, ChannelId, ChannelKind, ForeignCall, ForeignReply, Graph, GraphBuilder, Host, NodeId, Rule,
    State, Version,
};

type Value = Vec<i64>;

/// Concatenates; counts how often the engine asked for anything.
#[derive(Default)]
struct Lists {
    asked: usize,
}

impl Host for Lists {
    type Value = Value;
    type Error = Rule;

    fn reduce(&mut self, _: &Value, mut left: Value, right: Value) -> Result<Value, Rule> {
        self.asked += 1;
        left.extend(right);
        Ok(left)
    }

    fn overwrite(&mut self, _: &Value) -> Result<Option<Value>, Rule> {
        self.asked += 1;
        Ok(None)
    }

    fn spread(&mut self, _: &Value) -> Option<Vec<Value>> {
        None
    }

    fn position(&mut self, value: &Value, names: &[Value]) -> Result<Option<usize>, Rule> {
        Ok(names.iter().position(|name| name == value))
    }

    fn stranger(&mut self, channel: &str, _: &Value, _: &[Value]) -> Rule {
        Rule::StrangerAtBarrier { channel: channel.into() }
    }

    fn foreign(&mut self, _: &Value, _: ForeignCall<Value>) -> Result<ForeignReply<Value>, Rule> {
        unreachable!("no foreign channels here")
    }

    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Rule> {
        self.asked += 1;
        match current {
            Some(Version::Int(n)) => Ok(Version::Int(n + 1)),
            _ => Ok(Version::Int(1)),
        }
    }

    fn unknown_channel(&mut self, _: &str, _: &Path, _: &str) {}
}

/// Nodes 0 … n-1 in a row: each is triggered by its own channel; `log` collects what they write.
fn chain(nodes: usize) -> (Graph<Value>, State<Value>, ChannelId) {
    let mut builder = GraphBuilder::default();
    let log = builder.add_channel("log", ChannelKind::Reducing { reducer: vec![] });
    for node in 0..nodes {
        builder.add_channel(&format!("to:{node}"), ChannelKind::Ephemeral { guard: false });
    }
    for node in 0..nodes {
        builder.add_node(&format!("node{node}"), &[format!("to:{node}")]);
    }
    let graph = builder.build();
    let cells = graph
        .channels
        .iter()
        .map(|spec| match &spec.kind {
            ChannelKind::Reducing { reducer } => Channel::Reducing { value: Some(vec![]), reducer: reducer.clone() },
            _ => Channel::Ephemeral(pregel_core::channel::Guarded { value: None, guard: false }),
        })
        .collect::<Vec<_>>();
    let state = State::new(&graph, cells.into());
    (graph, state, log)
}

fn task(graph: &Graph<Value>, node: usize, writes: Vec<(ChannelId, i64)>) -> TaskWrites<Value> {
    let id = NodeId(node as u32);
    TaskWrites {
        path: Path::Pull(graph.node(id).name.clone()),
        name: graph.node(id).name.clone(),
        node: Some(id),
        triggers: Some(graph.node(id).triggers.clone()),
        steps: true,
        writes: writes.into_iter().map(|(channel, n)| Write::new(Target::Channel(channel), vec![n])).collect(),
    }
}

fn input(graph: &Graph<Value>, state: &mut State<Value>, node: usize) -> Updated {
    let channel = graph.channel_id(&format!("to:{node}")).unwrap();
    let writes = vec![Write::new(Target::Channel(channel), vec![0])];
    let start =
        TaskWrites { path: Path::Root, name: "__input__".into(), node: None, triggers: None, steps: false, writes };
    apply_writes(graph, state, &mut [start], true, &mut Lists::default()).unwrap()
}

fn log_of(state: &State<Value>, log: ChannelId) -> Value {
    match &state.cells[log.index()] {
        Channel::Reducing { value: Some(value), .. } => value.clone(),
        _ => panic!("the log is a reducing channel"),
    }
}

#[test]
fn channels_frozen_in_step() {
    let (graph, state, log) = chain(1);
    let mut host = Lists::default();
    let cell = state.cells[log.index()].clone();
    let own = read::with_writes(cell, &graph.channel(log).name, Values::One(vec![7]), &mut host).unwrap();
    assert!(matches!(own, Channel::Reducing { value: Some(value), .. } if value == [7]));
    assert_eq!(log_of(&state, log), Vec::<i64>::new());
}

#[test]
fn writes_visible_next_step() {
    let (graph, mut state, log) = chain(2);
    let mut host = Lists::default();
    let updated = input(&graph, &mut state, 0);
    assert_eq!(plan::triggered_nodes(&graph, &state, Some(&updated), &mut host).unwrap().as_slice(), [NodeId(0)]);
    let next = graph.channel_id("to:1").unwrap();
    let updated =
        apply_writes(&graph, &mut state, &mut [task(&graph, 0, vec![(log, 1), (next, 0)])], true, &mut host).unwrap();
    assert_eq!(log_of(&state, log), [1]);
    assert_eq!(plan::triggered_nodes(&graph, &state, Some(&updated), &mut host).unwrap().as_slice(), [NodeId(1)]);
}

#[test]
fn order_by_path() {
    let (graph, fresh, log) = chain(3);
    let mut results = Vec::new();
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let mut state = fresh.clone();
        let mut tasks: Vec<_> = order.iter().map(|node| task(&graph, *node, vec![(log, *node as i64)])).collect();
        apply_writes(&graph, &mut state, &mut tasks, true, &mut Lists::default()).unwrap();
        results.push(log_of(&state, log));
    }
    assert_eq!(results, vec![vec![0, 1, 2]; 3]);
}

#[test]
fn same_checkpoint_same_tasks() {
    let (graph, mut state, _) = chain(3);
    input(&graph, &mut state, 1);
    let planned = |state: &State<Value>| {
        let nodes = plan::triggered_nodes(&graph, state, None, &mut Lists::default()).unwrap();
        let mut made = TaskIds::new(Scheme::Xxh3, &[7; 16]);
        let ids = nodes.iter().map(|n| made.add("1").add(&graph.node(*n).name).make());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(planned(&state), planned(&state.clone()));
    assert_eq!(planned(&state).len(), 1);
}

/// A node runs once for each news, however often the next superstep is planned.
#[test]
fn a_trigger_is_consumed_by_the_barrier() {
    let (graph, mut state, _) = chain(2);
    let mut host = Lists::default();
    input(&graph, &mut state, 0);
    apply_writes(&graph, &mut state, &mut [task(&graph, 0, vec![])], true, &mut host).unwrap();
    assert!(plan::triggered_nodes(&graph, &state, None, &mut host).unwrap().is_empty());
}

#[test]
fn cost_flat_in_graph_size() {
    let mut costs = Vec::new();
    for size in [5, 3_000] {
        let (graph, mut state, log) = chain(size);
        let mut updated = input(&graph, &mut state, 0);
        let mut host = Lists::default();
        let mut touched = 0;
        for node in 0..4 {
            let due = plan::triggered_nodes(&graph, &state, Some(&updated), &mut host).unwrap();
            assert_eq!(due.as_slice(), [NodeId(node as u32)]);
            let next = graph.channel_id(&format!("to:{}", node + 1)).unwrap();
            let writes = vec![(log, node as i64), (next, 0)];
            updated = apply_writes(&graph, &mut state, &mut [task(&graph, node, writes)], true, &mut host).unwrap();
            touched += updated.len();
        }
        costs.push((host.asked, touched));
    }
    assert_eq!(costs[0], costs[1]);
}

#[test]
fn what_the_input_wrote_fades_with_the_first_superstep() {
    let (graph, mut state, _) = chain(2);
    input(&graph, &mut state, 0);
    let channel = graph.channel_id("to:0").unwrap();
    let held = |state: &State<Value>| state.cells[channel.index()].values().count();
    assert_eq!(held(&state), 1);
    apply_writes(&graph, &mut state, &mut [task(&graph, 0, vec![])], true, &mut Lists::default()).unwrap();
    assert_eq!(held(&state), 0);
}
