"""LangGraph-compatible graphs on a Rust engine."""
