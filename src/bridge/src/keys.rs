//! Keys of the config dict and of checkpoints, interned once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

macro_rules! keys {
    ($($id:ident = $text:literal;)*) => {
        $(
            #[allow(non_snake_case)]
            pub fn $id(py: Python<'_>) -> &Bound<'_, PyString> {
                static KEY: PyOnceLock<Py<PyString>> = PyOnceLock::new();
                KEY.get_or_init(py, || PyString::intern(py, $text).unbind()).bind(py)
            }
        )*
    };
}

keys! {
    configurable = "configurable";
    metadata = "metadata";
    tags = "tags";
    callbacks = "callbacks";
    run_name = "run_name";
    run_id = "run_id";
    recursion_limit = "recursion_limit";
    max_concurrency = "max_concurrency";

    send = "__pregel_send";
    read = "__pregel_read";
    call = "__pregel_call";
    checkpointer = "__pregel_checkpointer";
    resuming = "__pregel_resuming";
    stream = "__pregel_stream";
    cache = "__pregel_cache";
    replay_state = "__pregel_replay_state";
    task_id = "__pregel_task_id";
    scratchpad = "__pregel_scratchpad";
    runtime = "__pregel_runtime";
    resume_map = "__pregel_resume_map";
    strict_resume = "__pregel_strict_resume";
    node_error = "__pregel_node_error";
    node_finished = "__pregel_node_finished";
    thread_id = "thread_id";
    checkpoint_map = "checkpoint_map";
    checkpoint_id = "checkpoint_id";
    checkpoint_ns = "checkpoint_ns";

    values = "values";
    updates = "updates";
    checkpoints = "checkpoints";
    tasks = "tasks";
    debug = "debug";

    interrupt = "__interrupt__";
    previous = "__previous__";

    langgraph_step = "langgraph_step";
    langgraph_node = "langgraph_node";
    langgraph_triggers = "langgraph_triggers";
    langgraph_path = "langgraph_path";
    langgraph_checkpoint_ns = "langgraph_checkpoint_ns";

    v = "v";
    id = "id";
    ts = "ts";
    channel_values = "channel_values";
    channel_versions = "channel_versions";
    versions_seen = "versions_seen";
    updated_channels = "updated_channels";
    step = "step";
    source = "source";
    parents = "parents";
    counters = "counters_since_delta_snapshot";
}
