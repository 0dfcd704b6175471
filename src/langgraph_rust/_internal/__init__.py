"""Names that other packages, or LangGraph's own tests, import by their private path."""
