"""Names that LangGraph's module `pregel.main` happens to hold too, by the module they live in."""

PASSING = {
    "langgraph_rust.stream._open": "_collect_stream_modes "
    "_normalize_stream_transformer_factories _reject_v3_invariant_kwargs "
    "_resolve_parent_ns",
}
