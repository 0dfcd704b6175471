"""Graphs whose threads LangGraph's releases have left behind; they compile on every release.

`record_threads.py` runs them on old releases up to where `begin` stops. `read_threads.py` goes on
from there, on this package or on a current release.
"""

import datetime
import decimal
import operator
import uuid
from typing import Annotated, Any, Callable, Dict, List

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

try:
    from langgraph.types import Send
except ImportError:
    from langgraph.constants import Send
try:
    from langgraph.types import Command, interrupt
except ImportError:  # before 0.2.57
    Command = interrupt = None

VALUES = {
    "when": datetime.datetime(2024, 5, 6, 7, 8, 9, 10, tzinfo=datetime.timezone.utc),
    "day": datetime.date(2024, 5, 6),
    "span": datetime.timedelta(days=1, seconds=2, microseconds=3),
    "id": uuid.UUID("01234567-89ab-cdef-0123-456789abcdef"),
    "price": decimal.Decimal("1.50"),
    "tags": {"a"},
    "pair": (1, "zwei"),
    "bytes": b"\x00\xff",
    "nested": {"list": [1, 2.5, None, True], "text": "Größe ✓"},
}


class State(TypedDict, total=False):
    log: Annotated[List[Any], operator.add]
    extra: Dict[str, Any]


class Failure(Exception):
    """What a node raises the first time."""


class Program:
    """The graphs, on a saver.

    Attributes:
        fails: Whether the failing node fails: it does when a thread is begun, not when resumed.
    """

    def __init__(self, saver: Any) -> None:
        self._saver = saver
        self.fails = True

    def graphs(self) -> Dict[str, Any]:
        """Graphs by the name of their thread."""
        made = {
            "finished": self._chain(),
            "stopped": self._chain(interrupt_before=["second"]),
            "sends": self._sends(),
            "failed": self._failing(),
            "inside": self._nested(),
            "updated": self._chain(interrupt_before=["second"]),
        }
        if interrupt is not None:
            made["asked"] = self._asking()
        return made

    def begin(self, name: str, graph: Any) -> None:
        """Run a thread up to where it is left."""
        config = {"configurable": {"thread_id": name}}
        try:
            graph.invoke({"log": ["input"]}, config)
        except Failure:
            pass
        if name == "updated":
            graph.update_state(config, {"log": ["edited"]})

    def finish(self, name: str, graph: Any) -> Any:
        """Run a thread to its end from where it was left."""
        config = {"configurable": {"thread_id": name}}
        self.fails = False
        if name == "finished":
            return graph.invoke({"log": ["input again"]}, config)
        return graph.invoke(Command(resume="forty-two") if name == "asked" else None, config)

    def _compile(self, nodes: Dict[str, Callable[[Any], Any]], edges: Any, **options: Any) -> Any:
        graph = StateGraph(State)
        for name, node in nodes.items():
            graph.add_node(name, node)
        for source, target in edges:
            graph.add_edge(source, target)
        return graph.compile(checkpointer=self._saver, **options)

    def _chain(self, **options: Any) -> Any:
        from langchain_core.messages import AIMessage, HumanMessage

        asked = HumanMessage("What is it?", id="m1")
        call = {"name": "find", "args": {"text": "it"}, "id": "c1", "type": "tool_call"}
        answered = AIMessage("It is so.", id="m2", tool_calls=[call])
        nodes = {
            "first": lambda state: {"log": [asked], "extra": VALUES},
            "second": lambda state: {"log": [answered]},
            "third": lambda state: {"log": [len(state["log"]), sorted(state["extra"])]},
        }
        edges = [(START, "first"), ("first", "second"), ("second", "third"), ("third", END)]
        return self._compile(nodes, edges, **options)

    def _sends(self) -> Any:
        graph = StateGraph(State)
        graph.add_node("plan", lambda state: {"log": ["planned"]})
        graph.add_node("work", lambda job: {"log": ["worked on {number}".format(**job)]})
        graph.add_node("close", lambda state: {"log": [len(state["log"])]})
        graph.add_edge(START, "plan")
        jobs = [Send("work", {"number": number}) for number in range(3)]
        graph.add_conditional_edges("plan", lambda state: jobs, ["work"])
        graph.add_edge("work", "close")
        graph.add_edge("close", END)
        return graph.compile(checkpointer=self._saver, interrupt_before=["work"])

    def _failing(self) -> Any:
        def weak(state: State) -> State:
            if self.fails:
                raise Failure("not the first time")
            return {"log": ["weak"]}

        nodes = {
            "strong": lambda state: {"log": ["strong"]},
            "weak": weak,
            "close": lambda state: {"log": [len(state["log"])]},
        }
        edges = [(START, "strong"), (START, "weak"), ("strong", "close"), ("weak", "close")]
        return self._compile(nodes, [*edges, ("close", END)])

    def _nested(self) -> Any:
        inner = StateGraph(State)
        inner.add_node("look", lambda state: {"extra": {"seen": len(state["log"])}})
        inner.add_node("tell", lambda state: {"log": ["seen {seen}".format(**state["extra"])]})
        inner.add_edge(START, "look")
        inner.add_edge("look", "tell")
        inner.add_edge("tell", END)
        nodes = {
            "before": lambda state: {"log": ["before"]},
            "inner": inner.compile(interrupt_before=["tell"]),
            "after": lambda state: {"log": ["after"]},
        }
        edges = [(START, "before"), ("before", "inner"), ("inner", "after"), ("after", END)]
        return self._compile(nodes, edges)

    def _asking(self) -> Any:
        nodes = {
            "ask": lambda state: {"log": [interrupt({"question": "how many?"})]},
            "beside": lambda state: {"log": ["beside"]},
            "close": lambda state: {"log": [len(state["log"])]},
        }
        edges = [(START, "ask"), (START, "beside"), ("ask", "close"), ("beside", "close")]
        return self._compile(nodes, [*edges, ("close", END)])
