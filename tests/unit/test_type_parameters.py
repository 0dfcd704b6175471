"""Generic classes whose last parameters have defaults, with and without typing_extensions."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
{before}
from langgraph_rust.graph import StateGraph
from langgraph_rust.graph.state import CompiledStateGraph
from langgraph_rust.pregel import Pregel

class State(dict):
    pass

for generic in StateGraph, CompiledStateGraph, Pregel:
    assert generic[State, int, dict, list].__args__ == (State, int, dict, list)
    assert generic[State].__args__[0] is State
    generic[State, int]
    class Inner(generic[State]):
        pass
    assert Inner.__mro__[1] is generic
    try:
        generic[State, int, dict, list, set]
    except TypeError:
        pass
    else:
        raise AssertionError("five parameters")
"""


@pytest.mark.parametrize("before", ["", "import typing_extensions"])
def test_parameters_left_out_take_their_defaults(before):
    subprocess.run([sys.executable, "-c", _PROGRAM.format(before=before)], check=True)


def test_a_parameters_default_may_be_another_parameter():
    from langgraph_rust._internal._newer_typing import fill_parameters
    from langgraph_rust.graph import StateGraph

    assert fill_parameters(StateGraph, dict) == (dict, None, dict, dict)
    assert fill_parameters(StateGraph, (dict, int, list)) == (dict, int, list, dict)
