"""Savers of LangGraph's own distributions that end their process, with SIGKILL, at a given moment.

A moment is the time right before or right after a saver's `put` or `put_writes`.
"""

import contextlib
import os
import signal
import sqlite3
import uuid
from typing import Any, AsyncIterator, Callable, Dict, Iterator, NamedTuple

from langgraph.checkpoint.sqlite import SqliteSaver


class Clock:
    """Counts moments, and ends the process at one of them.

    Args:
        last: The moment to end at, from 1 on; 0 for none.
    """

    def __init__(self, last: int = 0) -> None:
        self.moment = 0
        self._last = last

    def tick(self) -> None:
        self.moment += 1
        if self.moment == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def mortal(saver: type, clock: Clock) -> Any:
    """Derive from a saver's class one whose writes are moments of the clock."""

    class Mortal(saver):  # type: ignore[misc,valid-type]
        def put(self, *args: Any, **options: Any) -> Any:
            clock.tick()
            done = super().put(*args, **options)
            clock.tick()
            return done

        def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
            clock.tick()
            super().put_writes(config, writes, task_id, task_path)
            clock.tick()

        async def aput(self, *args: Any, **options: Any) -> Any:
            clock.tick()
            done = await super().aput(*args, **options)
            clock.tick()
            return done

        async def aput_writes(
            self, config: Any, writes: Any, task_id: str, task_path: str = ""
        ) -> None:
            clock.tick()
            await super().aput_writes(config, writes, task_id, task_path)
            clock.tick()

    return Mortal


class Kind(NamedTuple):
    """A kind of saver.

    Attributes:
        open: A context manager of (address, clock) with the saver.
        asynchronous: Whether it is used, and opened, on an event loop.
        needs_postgres: Whether an address is a database's URI, and not a file.
    """

    open: Callable[..., Any]
    asynchronous: bool
    needs_postgres: bool


@contextlib.contextmanager
def _sqlite(address: str, clock: Clock) -> Iterator[Any]:
    with contextlib.closing(sqlite3.connect(address, check_same_thread=False)) as connection:
        # A killed process loses nothing that it gave to the kernel; the disk need not have it.
        connection.execute("PRAGMA synchronous=OFF")
        yield mortal(SqliteSaver, clock)(connection)


@contextlib.asynccontextmanager
async def _sqlite_aio(address: str, clock: Clock) -> AsyncIterator[Any]:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    async with mortal(AsyncSqliteSaver, clock).from_conn_string(address) as saver:
        await saver.conn.execute("PRAGMA synchronous=OFF")
        yield saver


@contextlib.contextmanager
def _postgres(address: str, clock: Clock) -> Iterator[Any]:
    from langgraph.checkpoint.postgres import PostgresSaver

    with mortal(PostgresSaver, clock).from_conn_string(address) as saver:
        yield saver


@contextlib.asynccontextmanager
async def _postgres_aio(address: str, clock: Clock) -> AsyncIterator[Any]:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

    async with mortal(AsyncPostgresSaver, clock).from_conn_string(address) as saver:
        yield saver


KINDS: Dict[str, Kind] = {
    "sqlite": Kind(_sqlite, False, False),
    "sqlite-aio": Kind(_sqlite_aio, True, False),
    "postgres": Kind(_postgres, False, True),
    "postgres-aio": Kind(_postgres_aio, True, True),
}


@contextlib.contextmanager
def database(server: str) -> Iterator[str]:
    """Make a database on a PostgreSQL server, with a saver's tables, for the block.

    Args:
        server: Its URI, with a slash at the end.

    Yields:
        The database's URI.
    """
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg import Connection

    name = f"durability_{uuid.uuid4().hex[:12]}"
    with Connection.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            with PostgresSaver.from_conn_string(server + name) as saver:
                saver.setup()
            yield server + name
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
