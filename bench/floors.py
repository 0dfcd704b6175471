"""Upstream's benchmarks without an engine: the same node functions, called by hand.

The functions are taken out of the graphs that upstream's release builds.
"""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any, Callable, Dict, List, Optional, get_type_hints

from upstream import collect

Ready = Callable[[], Any]

WIDE_STEPS = (("one",), ("two",), ("three", "four"), ("five",), ("six",))


def floor_of(name: str) -> Optional[Ready]:
    """What to time as the floor of one of upstream's benchmarks; None where there is nothing."""
    if name.endswith("_compilation") or name.startswith("serde_") or "first_event" in name:
        return None
    short = re.sub("_sync$", "", name)
    collect()
    value = next(each[3] for each in sys.modules["bench.__main__"].benchmarks if each[0] == short)
    short = re.sub("_checkpoint$", "", short)
    kind, size = re.match(r"(.*?)_(?:\d+x)?(\d+)x?$", short).groups()  # type: ignore[union-attr]
    return _FLOORS[kind](int(size), value)


def _functions(builder: Any) -> Dict[str, Callable[..., Any]]:
    return {name: spec.runnable.func for name, spec in builder.nodes.items()}


def _wide(kind: str) -> Callable[[int, Any], Ready]:
    def prepare(size: int, value: Any) -> Ready:
        builder = getattr(importlib.import_module(f"bench.{kind}"), kind)(size)
        functions = _functions(builder)
        hints = get_type_hints(builder.state_schema, include_extras=True)
        reducers = {key: getattr(hint, "__metadata__", (None,))[-1] for key, hint in hints.items()}
        make = dict if kind == "wide_dict" else builder.state_schema

        def write(state: Dict[str, Any], writes: Dict[str, Any]) -> None:
            for key, new in writes.items():
                reduce = reducers[key] if key in state else None
                state[key] = reduce(state[key], new) if reduce else new

        def run() -> Dict[str, Any]:
            state: Dict[str, Any] = {}
            write(state, value)
            while len(state["messages"]) <= size:
                for names in WIDE_STEPS:
                    results = [functions[name](make(**state)) for name in names]
                    for result in results:
                        write(state, result)
            return state

        return run

    return prepare


def _sequential(size: int, value: Any) -> Ready:
    module = importlib.import_module("bench.sequential")
    functions = list(_functions(module.create_sequential(size)).values())

    def run() -> Any:
        for function in functions:
            function(value)
        return value

    return run


def _fan_out(size: int, value: Any) -> Ready:
    module = importlib.import_module("bench.fanout_to_subgraph")
    inner = module.fanout_to_subgraph_sync().nodes["generate_joke"].runnable.builder
    call = _functions(inner)
    (branch,) = inner.branches["bump"].values()

    def run() -> List[str]:
        jokes: List[str] = []
        for subject in value["subjects"]:
            state = {"subject": subject}
            state.update(call["edit"](state))
            state.update(call["generate"](state))
            state.update(call["bump"](state))
            while branch.path.func(state) == "bump":
                state.update(call["bump"](state))
            jokes = jokes + state["jokes"]
        return jokes

    return run


def _react_agent(size: int, value: Any) -> Ready:
    module: Any = importlib.import_module("bench.react_agent")
    made, module.create_react_agent = module.create_react_agent, lambda *parts, **_: parts
    try:
        model, (tool,) = module.react_agent(size, None)
    finally:
        module.create_react_agent = made

    def run() -> List[Any]:
        messages = list(value["messages"])
        while True:
            answer = model.invoke(messages)
            messages.append(answer)
            if not answer.tool_calls:
                return messages
            for call in answer.tool_calls:
                messages.append(tool.invoke({**call, "type": "tool_call"}))

    return run


_FLOORS: Dict[str, Callable[[int, Any], Ready]] = {
    "wide_state": _wide("wide_state"),
    "wide_dict": _wide("wide_dict"),
    "pydantic_state": _wide("pydantic_state"),
    "sequential": _sequential,
    "fanout_to_subgraph": _fan_out,
    "react_agent": _react_agent,
}
