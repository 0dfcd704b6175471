//! Methods of `Run` in whose place instrumentation may put its own.
//!
//! Runs that begin while one is replaced on the class are driven through the replacement.

use super::Run;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

#[derive(Clone, Copy, Default)]
pub struct Replaced {
    pub put_writes: bool,
    pub tick: bool,
    pub after_tick: bool,
}

type Methods = [Py<PyAny>; 3];

static OWN: PyOnceLock<Methods> = PyOnceLock::new();

fn current(py: Python<'_>) -> PyResult<Methods> {
    let class = py.get_type::<Run>();
    Ok([
        class.getattr(intern!(py, "put_writes"))?.unbind(),
        class.getattr(intern!(py, "tick"))?.unbind(),
        class.getattr(intern!(py, "after_tick"))?.unbind(),
    ])
}

/// Keeps the engine's own methods in mind, to be called when the module is made.
pub fn remember_own(py: Python<'_>) -> PyResult<()> {
    let own = current(py)?;
    OWN.get_or_init(py, || own);
    Ok(())
}

impl Replaced {
    pub fn any(&self) -> bool {
        self.put_writes || self.tick || self.after_tick
    }

    pub fn now(py: Python<'_>) -> PyResult<Replaced> {
        let Some(own) = OWN.get(py) else { return Ok(Replaced::default()) };
        let now = current(py)?;
        let differs = |place: usize| !own[place].is(&now[place]);
        Ok(Replaced { put_writes: differs(0), tick: differs(1), after_tick: differs(2) })
    }
}

impl Run {
    /// Plans the next superstep, as whoever replaced `tick` does it.
    pub fn tick_as_replaced(slf: &Bound<'_, Run>) -> PyResult<bool> {
        if slf.get().replaced.tick {
            return slf.call_method0(intern!(slf.py(), "tick"))?.is_truthy();
        }
        Run::tick(slf)
    }

    /// The barrier, as whoever replaced `after_tick` does it.
    pub fn finish_as_replaced(slf: &Bound<'_, Run>) -> PyResult<()> {
        if slf.get().replaced.after_tick {
            return slf.call_method0(intern!(slf.py(), "after_tick")).map(drop);
        }
        Run::finish(slf)
    }
}

#[pymethods]
impl Run {
    /// Plans the next superstep; false when the run is over.
    #[pyo3(name = "tick")]
    fn tick_py(slf: &Bound<'_, Self>) -> PyResult<bool> {
        Run::tick(slf)
    }

    /// The barrier.
    fn after_tick(slf: &Bound<'_, Self>) -> PyResult<()> {
        Run::finish(slf)
    }

    /// The barrier, by way of `after_tick`.
    #[pyo3(name = "finish")]
    fn finish_py(slf: &Bound<'_, Self>) -> PyResult<()> {
        Run::finish_as_replaced(slf)
    }
}
