"""We and langchain-core find each other, whoever is imported first, and without it nothing breaks.

Each test runs a program in an interpreter of its own, since imports cannot be undone.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import langgraph_rust

SOURCE = Path(langgraph_rust.__file__).resolve().parents[1]

needs_langchain = pytest.mark.skipif(
    importlib.util.find_spec("langchain_core") is None, reason="langchain-core is not installed"
)

HEAVY = ["langchain_core", "pydantic", "langsmith", "asyncio", "logging", "concurrent.futures"]
OURS = "from langgraph_rust._internal._runnable import RunnableCallable, RunnableSeq\n"
THEIRS = "from langchain_core.runnables import Runnable\n"
WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("langchain_core", "langsmith"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
"""


def run(*parts: str, **environment: str) -> str:
    """Run a program made of `parts`; return what it prints."""
    code = "".join(textwrap.dedent(part) for part in parts)
    inherited = {k: v for k, v in os.environ.items() if "TRACING" not in k}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**inherited, "PYTHONPATH": str(SOURCE), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_runnables_imports_nothing_heavy():
    loaded = run(
        OURS,
        "import sys, langgraph_rust._internal._config, langgraph_rust._internal._future\n",
        "import langgraph_rust._langchain.batch, langgraph_rust._langchain.messages\n",
        "import langgraph_rust.utils.runnable, langgraph_rust.utils.config\n",
        f"print([name for name in {HEAVY} if name in sys.modules])",
    )
    assert loaded == "[]"


def test_running_functions_imports_no_langchain():
    loaded = run(
        OURS,
        """
        import asyncio, sys
        seq = RunnableSeq(lambda x: x + 1, lambda x: x * 2)
        assert seq.invoke(1) == 4 and asyncio.run(seq.ainvoke(1)) == 4
        assert seq.batch([1, 2]) == [4, 6] and list(seq.stream(1)) == [None]
        print({"langchain_core", "pydantic", "langsmith"} & set(sys.modules))
        """,
    )
    assert loaded == "set()"


def test_without_langchain_tracing_variables_are_ignored_and_sequences_are_ours():
    printed = run(
        WITHOUT,
        OURS,
        """
        one = RunnableCallable(lambda x: x + 1)
        doubled = one | (lambda x: x * 2)
        print(type(doubled).__name__, (one | one).invoke(1), one.pipe(one).invoke(1))
        try:
            one.with_retry()
        except ImportError:
            print("needs langchain")
        """,
        LANGSMITH_TRACING="true",
    )
    assert printed == "RunnableSeq 3 3\nneeds langchain"


@needs_langchain
@pytest.mark.parametrize(
    "order", [OURS + THEIRS, THEIRS + OURS], ids=["ours first", "theirs first"]
)
def test_ours_are_runnables_to_langchain_and_share_its_context_variable(order):
    printed = run(
        order,
        """
        from langchain_core.runnables import RunnableLambda
        from langchain_core.runnables.config import ensure_config, var_child_runnable_config
        from langgraph_rust._langchain import context

        class Node(RunnableCallable): pass
        one = Node(lambda x: x + 1)
        print(isinstance(one, Runnable), issubclass(RunnableSeq, Runnable))
        print((RunnableLambda(abs) | one | {"a": one}).invoke(-1))
        print(one.with_config(tags=["t"]).invoke(1))

        assert context.CONFIG_VAR is var_child_runnable_config
        with context.set_config_context({"tags": ["ours"]}) as inside:
            print(inside.run(ensure_config)["tags"])
        assert context.current_config() is None
        var_child_runnable_config.set({"tags": ["theirs"]})
        print(context.current_config()["tags"])
        """,
    )
    assert printed == "True True\n{'a': 3}\n2\n['ours']\n['theirs']"


@needs_langchain
def test_langchain_imported_inside_a_task_of_another_thread_sees_its_config():
    printed = run(
        OURS,
        """
        import threading
        imported, entered, seen = threading.Event(), threading.Event(), []
        def first(x):
            entered.set()
            imported.wait()
            from langchain_core.runnables import ensure_config
            seen.append(ensure_config()["tags"])
        runnable = RunnableCallable(first)
        thread = threading.Thread(target=runnable.invoke, args=(1, {"tags": ["mine"]}))
        thread.start()
        entered.wait()
        import langchain_core.runnables
        imported.set()
        thread.join()
        print(seen)
        """,
    )
    assert printed == "[['mine']]"


@needs_langchain
def test_langchain_imported_twice_is_joined_twice():
    printed = run(
        OURS,
        THEIRS,
        """
        import sys
        first = Runnable
        for name in ("base", "config"):
            del sys.modules["langchain_core.runnables." + name]
        from langchain_core.runnables.base import Runnable
        from langchain_core.runnables.config import var_child_runnable_config
        from langgraph_rust._langchain.context import CONFIG_VAR
        print(Runnable is not first, issubclass(RunnableSeq, Runnable))
        print(var_child_runnable_config is CONFIG_VAR)
        """,
    )
    assert printed == "True True\nTrue"


@needs_langchain
def test_the_import_hook_leaves_modules_as_their_loader_made_them():
    printed = run(
        OURS,
        """
        import langchain_core.runnables.config as module
        print(type(module.__loader__).__name__, module.__spec__.loader is module.__loader__)
        """,
    )
    assert printed == "SourceFileLoader True"


@needs_langchain
@pytest.mark.parametrize(
    "variable",
    ["LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"],
)
def test_a_tracing_variable_makes_a_run_observed(variable):
    code = "from langgraph_rust._langchain.callbacks import observed\nprint(observed({}))"
    assert run(code) == "False"
    assert run(code, **{variable: "true"}) == "True"
    assert run(code, **{variable: "false"}) == "False"
