//! What a container holds, borrowed while the container is kept alive.

use super::refusal::Refusal;
use pyo3::ffi::{self, PyObject, Py_ssize_t};
use std::ptr;

/// Keeps an object alive: code that runs meanwhile may take it out of the container it is in.
pub struct Held(*mut PyObject);

impl Held {
    /// # Safety
    /// The thread is attached as long as this lives, and `obj` is a live object.
    pub unsafe fn new(obj: *mut PyObject) -> Self {
        unsafe { ffi::Py_INCREF(obj) };
        Held(obj)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: made by an attached thread, and never sent to another.
        unsafe { ffi::Py_DECREF(self.0) };
    }
}

/// The items of a dict, borrowed. The dict is kept alive, and must not change meanwhile.
pub struct Items {
    dict: Held,
    at: Py_ssize_t,
    pub length: usize,
    given: usize,
}

impl Items {
    /// # Safety
    /// As for `Held`; `dict` is a dict.
    pub unsafe fn new(dict: *mut PyObject) -> Self {
        let length = unsafe { ffi::PyDict_Size(dict) } as usize;
        Items { dict: unsafe { Held::new(dict) }, at: 0, length, given: 0 }
    }

    /// # Safety
    /// What is given lives as long as the container has it.
    #[inline]
    pub unsafe fn next(&mut self) -> Result<Option<(*mut PyObject, *mut PyObject)>, Refusal> {
        let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
        if unsafe { ffi::PyDict_Next(self.dict.0, &mut self.at, &mut key, &mut value) } != 0 {
            self.given += 1;
            return Ok(Some((key, value)));
        }
        if self.given == self.length {
            Ok(None)
        } else {
            Err(Refusal::Changed)
        }
    }
}

/// The elements of a list, borrowed. The list is kept alive, and must not change meanwhile.
pub struct Elements {
    list: Held,
    at: usize,
    pub length: usize,
}

impl Elements {
    /// # Safety
    /// As for `Held`; `list` is a list.
    pub unsafe fn new(list: *mut PyObject) -> Self {
        let length = unsafe { ffi::PyList_Size(list) } as usize;
        Elements { list: unsafe { Held::new(list) }, at: 0, length }
    }

    /// # Safety
    /// What is given lives as long as the container has it.
    #[inline]
    pub unsafe fn next(&mut self) -> Result<Option<*mut PyObject>, Refusal> {
        unsafe {
            if self.at == self.length {
                let unchanged = ffi::PyList_Size(self.list.0) as usize == self.length;
                return if unchanged { Ok(None) } else { Err(Refusal::Changed) };
            }
            let item = ffi::PyList_GetItem(self.list.0, self.at as Py_ssize_t);
            if item.is_null() {
                ffi::PyErr_Clear();
                return Err(Refusal::Changed);
            }
            self.at += 1;
            Ok(Some(item))
        }
    }
}
