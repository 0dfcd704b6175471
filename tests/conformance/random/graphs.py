"""Random graphs, made from seeds: channels, nodes, edges, subgraphs."""

import operator
import random
from typing import Annotated, TypedDict

from langchain_core.messages import AIMessage
from langgraph.channels import EphemeralValue, Topic, UntrackedValue
from langgraph.graph import END, START, StateGraph, add_messages
from langgraph.types import CachePolicy, Command, RetryPolicy, Send, interrupt

MOST_CALLS = 150
"""Of nodes in one scene: after them a graph that fans out comes to its end."""


def merge(left, right):
    return {**left, **right}


def join(left, right):
    return (left + right)[-9:]


def message(rng):
    return [AIMessage(f"m{rng.randrange(9)}", id=f"id{rng.randrange(6)}")]


KINDS = {
    "last": (int, lambda rng: rng.randrange(100)),
    "sum": (Annotated[int, operator.add], lambda rng: rng.randrange(100)),
    "list": (Annotated[list, join], lambda rng: [rng.randrange(100)]),
    "dict": (Annotated[dict, merge], lambda rng: {rng.choice("xyz"): rng.randrange(9)}),
    "once": (Annotated[int, EphemeralValue(int, guard=False)], lambda rng: rng.randrange(9)),
    "topic": (Annotated[list, Topic(int)], lambda rng: rng.choice([[1, 2], 3])),
    "kept": (Annotated[list, Topic(int, accumulate=True)], lambda rng: rng.choice([[1, 2], 3])),
    "secret": (Annotated[int, UntrackedValue(int, guard=False)], lambda rng: rng.randrange(9)),
    "messages": (Annotated[list, add_messages], message),
}
"""By name: the type of a key, and what makes an update of it."""


class Act:
    """What a node does; the same at each of its visits, but for what fails only at first."""

    def __init__(self, maker, name, targets, seed):
        self.maker, self.name, self.targets, self.seed = maker, name, targets, seed
        self.visits = 0

    def __call__(self, state, writer, store):
        self.maker.calls[0] += 1
        if self.maker.calls[0] > MOST_CALLS:
            return None
        keys = repr(sorted(state)) if isinstance(state, dict) else ""
        rng = random.Random(self.seed + len(keys))
        self.state, self.writer, self.store = state, writer, store
        return self.come_to(rng, self.maker.make_update(rng))

    def come_to(self, rng, update):
        raise NotImplementedError

    def note(self, update, value):
        return {**update, "list": [value]} if "list" in self.maker.keys else update


class Updates(Act):
    def come_to(self, rng, update):
        return update


class Nothing(Act):
    def come_to(self, rng, update):
        return None


class Commands(Act):
    def come_to(self, rng, update):
        one, some = rng.choice(self.targets), rng.sample(self.targets, min(2, len(self.targets)))
        return Command(update=update, goto=rng.choice([one, some, ()]))


class Sends(Act):
    def come_to(self, rng, update):
        count = rng.choice([0, 1, 1, 2])
        sends = [
            Send(rng.choice(self.targets[:-1]), self.maker.make_update(rng)) for _ in range(count)
        ]
        return Command(goto=sends, update=update)


class Lists(Act):
    def come_to(self, rng, update):
        return [update, Command(update=self.maker.make_update(rng))]


class Interrupts(Act):
    def come_to(self, rng, update):
        answer = interrupt({"from": self.name})
        if rng.random() < 0.4:
            answer = [answer, interrupt("again")]
        return self.note(update, answer)


class Fails(Act):
    def come_to(self, rng, update):
        self.visits += 1
        if self.visits == 1:
            raise ValueError(f"{self.name} fails")
        return update


class Flaky(Act):
    def come_to(self, rng, update):
        self.visits += 1
        if self.visits % 2:
            raise ConnectionError(f"{self.name} is flaky")
        return update


class Writes(Act):
    def come_to(self, rng, update):
        self.writer({"from": self.name})
        return update


class Stores(Act):
    def come_to(self, rng, update):
        self.store.put(("a",), self.name, {"keys": sorted(self.state)})
        return self.note(update, len(self.store.search(("a",))))


class AsksParent(Act):
    def come_to(self, rng, update):
        return Command(graph=Command.PARENT, update=update)


ACTS = {
    Updates: 10,
    Nothing: 1,
    Commands: 3,
    Sends: 1,
    Lists: 1,
    Interrupts: 2,
    Fails: 1,
    Flaky: 1,
    Writes: 2,
    Stores: 1,
    AsksParent: 0.5,
}
"""How often each is chosen."""


class Maker:
    """Makes one graph: asks `rng` when it is built, and numbers of their own when it runs."""

    def __init__(self, rng, is_async, calls, depth=0, prefix=""):
        self.rng, self.is_async, self.calls, self.depth, self.prefix = (
            rng,
            is_async,
            calls,
            depth,
            prefix,
        )

    def chance(self, part):
        return self.rng.random() < part

    def make_state(self, keys):
        if keys is None:
            keys = {kind: kind for kind in self.rng.sample(sorted(KINDS), self.rng.randint(2, 5))}
        self.keys = keys
        types = {key: KINDS[kind][0] for key, kind in keys.items()}
        self.state = TypedDict("State", types, total=False)

    def make_update(self, rng, most=2):
        count = min(len(self.keys), rng.randint(0, most))
        return {key: KINDS[self.keys[key]][1](rng) for key in rng.sample(sorted(self.keys), count)}

    def choose_act(self):
        weights = dict(ACTS)
        if not self.is_async:
            # whether those beside it have begun is up to the threads
            weights[Fails] = 0
        if not self.depth:
            weights[AsksParent] = 0
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def make_node(self, name, names):
        kind = self.choose_act()
        act = kind(self, name, [*names, END], self.rng.randrange(10**6))
        if self.is_async:

            async def node(state, *, writer, store):
                return act(state, writer, store)
        else:

            def node(state, *, writer, store):
                return act(state, writer, store)

        options = {}
        if kind is Flaky:
            options["retry_policy"] = RetryPolicy(
                initial_interval=0.0001, jitter=False, max_attempts=3
            )
        if self.chance(0.1):
            options["defer"] = True
        if self.chance(0.1) and kind in (Updates, Commands, Lists):
            options["cache_policy"] = CachePolicy()
        if self.chance(0.15):
            options["metadata"] = {"made": "so"}
        node.__name__ = name
        return node, options

    def make_path(self, names):
        """A routing function, and the map of what it gives."""
        seed, targets = self.rng.randrange(10**6), [*names, END]
        kind = self.rng.choice(["one", "many", "send", "map"])

        def path(state):
            rng = random.Random(seed + len(state) if isinstance(state, dict) else seed)
            if kind == "one":
                return rng.choice(targets)
            if kind == "many":
                return rng.sample(targets, min(len(targets), rng.choice([1, 1, 2])))
            if kind == "map":
                return rng.choice([True, False])
            count = rng.choice([0, 1, 2])
            return [Send(rng.choice(names), self.make_update(rng, 1)) for _ in range(count)] or END

        if kind == "map":
            return path, {True: self.rng.choice(targets), False: self.rng.choice(targets)}
        return path, None

    def make_subgraph(self, name):
        inner = Maker(self.rng, self.is_async, self.calls, self.depth + 1, f"{name}_")
        # what only grows would double with each visit
        shared = {key: kind for key, kind in self.keys.items() if kind != "kept"}
        saver = self.rng.choice([None, None, True, False])
        return inner.build(shared if shared and self.chance(0.7) else None, checkpointer=saver)

    def add_edges(self, graph, names):
        graph.add_edge(START, names[0])
        if self.chance(0.2):
            graph.add_edge(START, names[-1])
        for before, after in zip(names, names[1:]):
            if self.chance(0.7):
                graph.add_edge(before, after)
        if len(names) > 2 and self.chance(0.3):
            graph.add_edge(names[:2], names[2])
        for name in names:
            if self.chance(0.25):
                graph.add_conditional_edges(name, *self.make_path(names))

    def build(self, keys=None, **options):
        self.make_state(keys)
        schemas = {}
        if self.chance(0.2):
            part = self.rng.sample(sorted(self.keys), self.rng.randint(1, len(self.keys)))
            types = {key: KINDS[self.keys[key]][0] for key in part}
            schemas["output_schema"] = TypedDict("Out", types, total=False)
        graph = StateGraph(self.state, **schemas)
        self.names = [f"{self.prefix}n{number}" for number in range(self.rng.randint(1, 5))]
        for name in self.names:
            if self.depth < 2 and self.chance(0.15):
                graph.add_node(name, self.make_subgraph(name))
            else:
                node, node_options = self.make_node(name, self.names)
                graph.add_node(name, node, **node_options)
        self.add_edges(graph, self.names)
        for point in ("interrupt_before", "interrupt_after"):
            if self.chance(0.15):
                options[point] = [self.rng.choice(self.names)]
        return graph.compile(**options)
