//! A task as the mapping that langchain reads: the running config, of which it stands for the dict.

use crate::task::Task;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[pymethods]
impl Task {
    fn items<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Task::config(slf)?.bind(slf.py()).call_method0(intern!(slf.py(), "items"))
    }

    fn keys<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Task::config(slf)?.bind(slf.py()).call_method0(intern!(slf.py(), "keys"))
    }

    fn values<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Task::config(slf)?.bind(slf.py()).call_method0(intern!(slf.py(), "values"))
    }

    fn copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        Task::config(slf)?.bind(slf.py()).copy()
    }

    #[pyo3(signature = (key, default=None))]
    fn get<'py>(
        slf: &Bound<'py, Self>,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(Task::config(slf)?.bind(slf.py()).get_item(key)?.or(default))
    }

    fn __getitem__<'py>(slf: &Bound<'py, Self>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Task::config(slf)?.bind(slf.py()).as_any().get_item(key)
    }

    fn __contains__(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        Task::config(slf)?.bind(slf.py()).contains(key)
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(Task::config(slf)?.bind(slf.py()).as_any().try_iter()?.into_any())
    }

    fn __len__(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(Task::config(slf)?.bind(slf.py()).len())
    }
}
