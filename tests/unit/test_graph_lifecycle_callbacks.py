"""Managers of graph events: who hears, and of which run."""

from __future__ import annotations

import asyncio
import pickle
from uuid import uuid4

import pytest

pytest.importorskip("langchain_core")

from langchain_core.callbacks import BaseCallbackHandler, CallbackManager

from langgraph_rust import callbacks
from langgraph_rust.callbacks import (
    GraphCallbackHandler,
    GraphInterruptEvent,
    GraphResumeEvent,
    get_async_graph_callback_manager_for_config,
    get_sync_graph_callback_manager_for_config,
)


class Recorder(GraphCallbackHandler):
    def __init__(self):
        self.events = []

    def on_interrupt(self, event):
        self.events.append(event)

    def on_resume(self, event):
        self.events.append(event)


PAUSED = GraphInterruptEvent(None, "interrupt_before", "c", ("a",), ())
RESUMED = GraphResumeEvent(None, "pending", "c", ())


def report(manager):
    manager.on_interrupt(PAUSED)
    manager.on_resume(RESUMED)


def areport(manager):
    async def main():
        await manager.on_interrupt(PAUSED)
        await manager.on_resume(RESUMED)

    asyncio.run(main())


KINDS = pytest.mark.parametrize(
    ("manager_for", "tell"),
    [
        (get_sync_graph_callback_manager_for_config, report),
        (get_async_graph_callback_manager_for_config, areport),
    ],
)


@KINDS
def test_graph_handlers_hear_and_others_do_not(manager_for, tell):
    recorder, plain = Recorder(), BaseCallbackHandler()
    for given in ([plain, recorder], CallbackManager([plain, recorder]), recorder, (recorder,)):
        manager = manager_for({"callbacks": given}, run_id=None)
        assert manager.handlers == [recorder]
        tell(manager)
    assert recorder.events == [PAUSED, RESUMED] * 4
    tell(manager_for({}))


@KINDS
def test_a_manager_is_copied_for_another_run(manager_for, tell):
    first, second = uuid4(), uuid4()
    manager = manager_for({"callbacks": [Recorder()]}, run_id=first)
    again = manager_for({"callbacks": manager}, run_id=second)
    assert (manager.run_id, again.run_id) == (first, second)
    assert type(again) is type(manager) and again.handlers == manager.handlers
    assert manager.copy().run_id == first and manager.copy(run_id=None).run_id is None
    with pytest.raises(TypeError, match="run_id must be a UUID or None"):
        manager.copy(run_id="r")


def test_a_manager_of_one_kind_makes_one_of_the_other():
    recorder = Recorder()
    sync = get_sync_graph_callback_manager_for_config({"callbacks": [recorder]})
    made = get_async_graph_callback_manager_for_config({"callbacks": sync})
    assert made.is_async and made.handlers == [recorder]


@pytest.mark.parametrize("given", ["text", 1])
def test_what_holds_no_handlers_is_refused(given):
    with pytest.raises(TypeError, match="callbacks must be a handler, sequence, or manager"):
        get_sync_graph_callback_manager_for_config({"callbacks": given})


def test_any_handler_may_be_added_later():
    plain = BaseCallbackHandler()
    manager = callbacks._GraphCallbackManager()
    manager.add_handler(plain, inherit=True)
    assert manager.handlers == manager.inheritable_handlers == [plain]
    report(manager)


def test_events_are_values():
    assert PAUSED == GraphInterruptEvent(None, "interrupt_before", "c", ("a",), ())
    assert pickle.loads(pickle.dumps(PAUSED)) == PAUSED
    assert (
        GraphInterruptEvent.__module__ == GraphCallbackHandler.__module__ == "langgraph.callbacks"
    )
    with pytest.raises(AttributeError):
        PAUSED.status = "done"
