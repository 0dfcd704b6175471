//! `_engine`: the CPython extension. The only crate that names pyo3.

mod affinity;
mod attempt;
mod calling;
mod cells;
mod clock;
mod config;
mod context;
mod current;
mod driver;
mod error;
mod executor;
mod flight;
mod gc;
mod graph;
mod helpers;
mod host;
mod inline;
mod keys;
mod known;
mod lazy;
mod ledger;
mod mailbox;
mod messages;
mod node;
mod node_messages;
mod offload;
mod path;
mod promise;
mod retry;
mod run;
mod scratchpad;
mod seat;
mod shape;
mod sink;
mod slot;
mod spare;
mod spin;
mod standby;
mod state;
mod stepped;
mod tap;
mod task;
mod task_mapping;
mod threads;
mod turn;
mod turnstile;
mod vectorcall;
mod versions;
mod view;
mod waiting;
mod writer;

use pyo3::intern;
use pyo3::prelude::*;

mod serde;
mod symbol;

/// Has a forked child begin anew: the parent's threads do not run there, a lock that one of them held
/// stays locked, and random numbers would be those that the parent goes on with.
fn mind_forks(py: Python<'_>) -> PyResult<()> {
    let os = py.import("os")?;
    // not on Windows
    if !os.hasattr("register_at_fork")? {
        return Ok(());
    }
    let begin_anew = pyo3::types::PyCFunction::new_closure(py, None, None, |_, _| {
        executor::after_fork();
        standby::after_fork();
        turnstile::after_fork();
        clock::after_fork();
    })?;
    let hooks = pyo3::types::PyDict::new(py);
    hooks.set_item(intern!(hooks.py(), "after_in_child"), begin_anew)?;
    os.call_method("register_at_fork", (), Some(&hooks))?;
    Ok(())
}

// Free-threaded interpreters turn the GIL on for it: nothing was tested there without.
#[pymodule(gil_used = true)]
mod _engine {
    use super::*;

    #[pymodule_export]
    use super::graph::Graph;
    #[pymodule_export]
    use super::inline::LoopKit;
    #[pymodule_export]
    use super::ledger::{Entry, Ledger};
    #[pymodule_export]
    use super::messages::append_messages;
    #[pymodule_export]
    use super::node_messages::NodeMessages;
    #[pymodule_export]
    use super::offload::Offload;
    #[pymodule_export]
    use super::retry::{judge_any, parent_namespace};
    #[pymodule_export]
    use super::run::Run;
    #[pymodule_export]
    use super::scratchpad::Scratchpad;
    #[pymodule_export]
    use super::sink::StreamSink;
    #[pymodule_export]
    use super::state::State;
    #[pymodule_export]
    use super::task::Task;
    #[pymodule_export]
    use super::turn::set_gil_release;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("PENDING_CHECKPOINTS", run::persist::PENDING_CHECKPOINTS)?;
        let rest = pyo3::types::PyCFunction::new_closure(module.py(), None, None, |args, _| executor::rest(args.py()))?;
        module.py().import("atexit")?.call_method1("register", (rest,))?;
        mind_forks(module.py())?;
        run::replaced::remember_own(module.py())?;
        serde::register(module)
    }

    /// Calls `function()` on a thread of the executor; what it raises is reported and dropped.
    #[pyfunction]
    fn spawn(function: Py<PyAny>) {
        executor::spawn(Box::new(move |py| {
            if let Err(error) = function.call0(py) {
                error.write_unraisable(py, Some(function.bind(py)));
            }
        }));
    }

    /// Sixteen random bytes: enough to keep ids apart, not to keep secrets.
    #[pyfunction]
    fn random_id<'py>(py: Python<'py>) -> Bound<'py, pyo3::types::PyBytes> {
        let id = (u128::from(clock::random()) << 64 | u128::from(clock::random())).to_be_bytes();
        pyo3::types::PyBytes::new(py, &id)
    }

    /// xxh3-128 of some bytes, as 32 hexadecimal digits.
    #[pyfunction]
    fn xxh3_128_hexdigest(bytes: &[u8]) -> String {
        pregel_core::task_id::hex_digest(bytes)
    }

    /// A task id for delta writes that are stored when a run ends: it sorts by superstep, with `late` after
    /// every real task id.
    #[pyfunction]
    #[pyo3(signature = (step, task_id, late=false))]
    fn exit_task_id(step: i64, task_id: &str, late: bool) -> PyResult<String> {
        use pregel_core::delta;
        let id = if late { delta::late_task_id(step, task_id) } else { delta::exit_task_id(step, task_id) };
        id.ok_or_else(|| pyo3::exceptions::PyValueError::new_err("badly formed hexadecimal UUID string"))
    }

    /// The sort key of a task path, as savers store it.
    #[pyfunction]
    fn path_sort_key(path: &Bound<'_, PyAny>) -> PyResult<String> {
        path::sort_key_of(path)
    }
}
