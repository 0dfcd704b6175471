//! `_engine`: the CPython extension. The only crate that names pyo3.
use pyo3::prelude::*;

mod serde;
mod symbol;

#[pymodule]
mod _engine {
    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        serde::register(module)
    }
}
