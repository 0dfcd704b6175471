#![forbid(unsafe_code)]
//! The superstep engine of langgraph_rust.
