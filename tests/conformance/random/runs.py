"""Runs of random graphs: `runs.py FIRST LAST` prints what each seed comes to.

Only what does not depend on threads is asked: sync graphs show what their supersteps come to, and
async ones the chunks of each namespace apart, for which of two subgraphs is first is open.
"""

import asyncio
import random
import re
import sys
import warnings

from graphs import Maker
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command

MOST_SECONDS = 60
VARYING = re.compile(
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*(?:\+00:00|Z)?"
    r"|0x[0-9a-f]+"
)
MODES = ["values", "updates", "debug", "tasks", "checkpoints", "custom"]
ASYNC_MODES = [*MODES, ["values", "updates"], ["values", "custom", "tasks"]]
SYNC_MODES = ["values", "checkpoints", ["values", "checkpoints"]]


def plain(value):
    """A repr in which the order of sets and of configs does not show."""
    if isinstance(value, dict):
        items = sorted(value.items()) if "thread_id" in value else value.items()
        return "{" + ", ".join(f"{key!r}: {plain(each)}" for key, each in items) + "}"
    if type(value) in (list, tuple):
        return "[" + ", ".join(map(plain, value)) + "]"
    if isinstance(value, set):
        return "{" + ", ".join(sorted(map(plain, value))) + "}"
    if hasattr(value, "_asdict"):
        return f"{type(value).__name__}({plain(value._asdict())})"
    return repr(value).replace("langgraph_rust.", "langgraph.")


class Scene:
    """What is done with one graph, and printed; ids are numbered as they come up."""

    def __init__(self, seed):
        self.ids = {}
        self.rng = rng = random.Random(seed)
        self.is_async = rng.random() < 0.6
        self.maker = Maker(rng, self.is_async, [0])
        self.saver = InMemorySaver() if rng.random() < 0.75 else None
        self.graph = self.maker.build(
            checkpointer=self.saver, store=InMemoryStore(), cache=InMemoryCache()
        )
        self.config = {"recursion_limit": rng.randint(3, 9), "configurable": {"thread_id": "1"}}
        self.show("async" if self.is_async else "sync", self.maker.keys, self.saver is not None)

    def show(self, *values):
        def replace(found):
            return f"<{self.ids.setdefault(found['id'], len(self.ids))}>" if found["id"] else "<>"

        print("  ", VARYING.sub(replace, " ".join(map(plain, values))), flush=True)

    def show_error(self, what, error):
        text = str(error).split("For troubleshooting")[0]
        self.show(what, type(error).__name__, text, getattr(error, "__notes__", []))

    async def ask(self, name, *args, **kwargs):
        """Call a method of the graph, of the kind that the scene is of."""
        if self.is_async:
            return await getattr(self.graph, "a" + name)(*args, **kwargs)
        return getattr(self.graph, name)(*args, **kwargs)

    async def each(self, name, *args, **kwargs):
        if self.is_async:
            async for item in getattr(self.graph, "a" + name)(*args, **kwargs):
                yield item
        else:
            for item in getattr(self.graph, name)(*args, **kwargs):
                yield item

    async def play(self):
        rng = self.rng
        given = self.maker.make_update(rng, 4)
        for number in range(rng.randint(1, 4) if self.saver else 1):
            await self.run(number, given)
            if not self.saver:
                return
            state = await self.ask("get_state", self.config, subgraphs=rng.random() < 0.5)
            self.show("state", state)
            given = await self.go_on()
        async for state in self.each("get_state_history", self.config):
            self.show("history", state)

    async def run(self, number, given):
        rng = self.rng
        mode = rng.choice(ASYNC_MODES if self.is_async else SYNC_MODES)
        options = {"stream_mode": mode, "subgraphs": rng.random() < 0.4}
        if self.saver:
            options["durability"] = rng.choice(["sync", "async", "exit"])
        if rng.random() < 0.3:
            options["version"] = "v2"
        self.show("run", number, given, options)
        chunks = {}
        try:
            async for chunk in self.each("stream", given, self.config, **options):
                space = ()
                if options["subgraphs"]:
                    space = chunk["ns"] if isinstance(chunk, dict) else chunk[0]
                chunks.setdefault(tuple(part.split(":")[0] for part in space), []).append(chunk)
        except Exception as error:
            failure = error
        else:
            failure = None
        for space in sorted(chunks):
            for chunk in chunks[space]:
                self.show(chunk)
        if failure is not None:
            self.show_error("raised", failure)

    async def go_on(self):
        """Do something between two runs; gives the input of the next."""
        rng, maker = self.rng, self.maker
        what = rng.choice(["new", "on", "resume", "resume", "update", "travel", "command"])
        if what == "update":
            await self.update(maker.make_update(rng, 3), rng.choice([None, *maker.names]))
            return None
        if what == "travel":
            history = [state async for state in self.each("get_state_history", self.config)]
            if history:
                self.config["configurable"] = dict(rng.choice(history).config["configurable"])
                self.show("from", self.config["configurable"])
            return rng.choice([None, maker.make_update(rng, 2)])
        self.config["configurable"] = {"thread_id": "1"}
        if what == "resume":
            return Command(resume=rng.choice(["yes", {"no": 1}]))
        if what == "command":
            resume = rng.choice([None, "r"])
            update = maker.make_update(rng, 2)
            return Command(update=update, goto=rng.choice(maker.names), resume=resume)
        return None if what == "on" else maker.make_update(rng, 4)

    async def update(self, values, node):
        try:
            await self.ask("update_state", self.config, values, as_node=node)
        except Exception as error:
            self.show_error("update raised", error)
        else:
            self.show("updated", values, node)


def main():
    warnings.simplefilter("ignore")
    for seed in range(*map(int, sys.argv[1:3])):
        print("seed", seed, flush=True)
        scene = Scene(seed)
        try:
            asyncio.run(asyncio.wait_for(scene.play(), MOST_SECONDS))
        except asyncio.TimeoutError:
            print("   takes too long")
        except Exception as error:
            scene.show_error("failed", error)


main()
