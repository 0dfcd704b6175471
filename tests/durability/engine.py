"""Puts this package in the place of LangGraph, unless the environment asks for LangGraph itself."""

import os

NAME = os.environ.get("DURABILITY_ENGINE", "ours")

if NAME == "ours":
    import langgraph_rust

    langgraph_rust.install()
