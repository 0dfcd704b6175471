"""Tests of what is stored by savers of other distributions and cannot be read.

`test_guest_savers.py` runs them on SQLite, and `ci/durability` on PostgreSQL too: their server is
named by `DURABILITY_POSTGRES`.
"""

import asyncio
import operator
import os
import sqlite3
from typing import Annotated, Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.errors import UnreadableCheckpointError
from langgraph.graph import START, StateGraph
from savers import database
from typing_extensions import TypedDict

CONFIG = {"configurable": {"thread_id": "t1"}}
POSTGRES = os.environ.get("DURABILITY_POSTGRES")


class State(TypedDict, total=False):
    log: Annotated[list, operator.add]
    found: Any


def build(saver):
    graph = StateGraph(State)
    graph.add_node("find", lambda state: {"log": ["find"], "found": {"stored": "value"}})
    graph.add_node("use", lambda state: {"log": ["use"]})
    graph.add_edge(START, "find")
    graph.add_edge("find", "use")
    return graph.compile(checkpointer=saver)


# As what is stored: a text that stands there, and what replaces it, of the same length.
STORED = JsonPlusSerializer().dumps_typed({"stored": "value"})[1]
DAMAGES = {
    "corrupt": b"\xc1" * len(STORED),
    "unknown extension": bytes([0xC7, len(STORED) - 3, 99]) + b"?" * (len(STORED) - 3),
}


class Sqlite:
    """A database file, and what changes it behind a saver's back."""

    def __init__(self, folder):
        self.file = str(folder / "threads.sqlite")

    def saver(self):
        return SqliteSaver.from_conn_string(self.file)

    def asaver(self):
        return AsyncSqliteSaver.from_conn_string(self.file)

    def replace(self, old, new):
        with sqlite3.connect(self.file) as connection:
            rows = connection.execute("SELECT rowid, checkpoint FROM checkpoints").fetchall()
            for row, checkpoint in rows:
                values = (checkpoint.replace(old, new), row)
                connection.execute("UPDATE checkpoints SET checkpoint = ? WHERE rowid = ?", values)
        connection.close()


class Postgres:
    """A database of a server, and what changes it behind a saver's back."""

    def __init__(self, uri):
        self.uri = uri

    def saver(self):
        from langgraph.checkpoint.postgres import PostgresSaver

        return PostgresSaver.from_conn_string(self.uri)

    def asaver(self):
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        return AsyncPostgresSaver.from_conn_string(self.uri)

    def replace(self, old, new):
        from psycopg import Connection

        with Connection.connect(self.uri, autocommit=True) as connection:
            connection.execute("UPDATE checkpoint_blobs SET blob = %s WHERE blob = %s", (new, old))


@pytest.fixture(params=["sqlite"] + ["postgres"] * bool(POSTGRES))
def storage(request, tmp_path):
    if request.param == "sqlite":
        yield Sqlite(tmp_path)
        return
    with database(POSTGRES) as uri:
        yield Postgres(uri)


@pytest.mark.parametrize("damaged", DAMAGES.values(), ids=DAMAGES)
def test_the_error_names_thread_checkpoint_and_channel(storage, damaged):
    with storage.saver() as saver:
        graph = build(saver)
        graph.invoke({"log": ["input"]}, CONFIG)
        history = list(graph.get_state_history(CONFIG))
    storage.replace(STORED, damaged)
    with storage.saver() as saver:
        graph = build(saver)
        for way in (graph.get_state, lambda config: graph.invoke({"log": []}, config)):
            with pytest.raises(UnreadableCheckpointError) as caught:
                way(CONFIG)
            newest = history[0].config["configurable"]["checkpoint_id"]
            where = (caught.value.thread_id, caught.value.checkpoint_id, caught.value.channel)
            assert where == ("t1", newest, "found")
            assert history[1].config["configurable"]["checkpoint_id"] in str(caught.value)
        # The checkpoint before "find" holds no damage, and neither do those before it.
        good = history[2]
        assert graph.get_state(good.config).values == good.values
        older = graph.get_state_history(CONFIG, before=history[1].config)
        assert [state.values for state in older] == [state.values for state in history[2:]]
        assert graph.invoke(None, good.config)["log"] == ["input", "find", "use"]


@pytest.mark.parametrize("damaged", DAMAGES.values(), ids=DAMAGES)
def test_on_an_event_loop_too(storage, damaged):
    async def run():
        async with storage.asaver() as saver:
            await build(saver).ainvoke({"log": ["input"]}, CONFIG)
        storage.replace(STORED, damaged)
        async with storage.asaver() as saver:
            await build(saver).aget_state(CONFIG)

    with pytest.raises(UnreadableCheckpointError) as caught:
        asyncio.run(run())
    assert (caught.value.thread_id, caught.value.channel) == ("t1", "found")
