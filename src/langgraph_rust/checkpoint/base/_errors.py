"""Errors that channels and checkpoints share."""

from __future__ import annotations

from langgraph_rust._internal._home import pickled_at_home, settle


@pickled_at_home
class EmptyChannelError(Exception):
    """A channel was read that has no value yet."""


settle("langgraph.checkpoint.base", EmptyChannelError)
