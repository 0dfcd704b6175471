//! Symbols that the 3.8 limited API lacks but that interpreters export: looked up by name, once.
//!
//! Linking to them would tie the wheel to newer interpreters. Whoever asks has a way to do without.

use std::ffi::{c_void, CStr};
use std::sync::OnceLock;

/// The address of a symbol of the interpreter, if there is one.
///
/// With `LANGGRAPH_RUST_NO_LOOKUP` in the environment there is none: what serves in its place is used,
/// and can be tested.
pub fn find(name: &CStr) -> Option<*mut c_void> {
    static ALLOWED: OnceLock<bool> = OnceLock::new();
    let allowed = *ALLOWED.get_or_init(|| std::env::var_os("LANGGRAPH_RUST_NO_LOOKUP").is_none());
    allowed.then(|| look_up(name)).flatten()
}

/// Of the process.
#[cfg(unix)]
fn look_up(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name ends in NUL, and dlsym may be called from any thread.
    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!symbol.is_null()).then_some(symbol)
}

/// Of the interpreter's library.
#[cfg(windows)]
fn look_up(name: &CStr) -> Option<*mut c_void> {
    use std::ffi::{c_char, CString};

    #[link(name = "kernel32")]
    extern "system" {
        fn GetModuleHandleA(name: *const c_char) -> *mut c_void;
        fn GetProcAddress(module: *mut c_void, name: *const c_char) -> *mut c_void;
    }

    // python3.dll only passes the limited API on; the rest is in the library it passes it on from.
    // SAFETY: Py_GetVersion is static text, "3.11.7 (...)"; all names end in NUL.
    unsafe {
        let version = CStr::from_ptr(pyo3::ffi::Py_GetVersion()).to_str().ok()?;
        let minor: String = version.strip_prefix("3.")?.chars().take_while(char::is_ascii_digit).collect();
        let library = CString::new(format!("python3{minor}.dll")).ok()?;
        let module = GetModuleHandleA(library.as_ptr());
        if module.is_null() {
            return None;
        }
        let symbol = GetProcAddress(module, name.as_ptr());
        (!symbol.is_null()).then_some(symbol)
    }
}

#[cfg(not(any(unix, windows)))]
fn look_up(_name: &CStr) -> Option<*mut c_void> {
    None
}
