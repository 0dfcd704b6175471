"""The finder that lets ``import langgraph`` mean this package, and the ways to put it there.

Each test runs programs in interpreters of their own. The finder is copied into a small package
named as ours, beside a folder with what other distributions of LangGraph would install: so the
rules are held apart from what the real package contains.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import langgraph_rust

SOURCE = Path(langgraph_rust.__file__).resolve().parent

OURS = {
    "types.py": "owner = 'ours'",
    "errors.py": "from . import types",
    "graph/__init__.py": "from .state import State",
    "graph/state.py": "class State: __module__ = 'langgraph.graph.state'",
    "checkpoint/__init__.py": "",
    "checkpoint/base.py": "owner = 'ours'",
    "_internal/__init__.py": "",
    "_internal/_config.py": "owner = 'ours'",
}
THEIRS = {
    "types.py": "owner = 'theirs'",
    "extra.py": "from langgraph.types import owner",
    "graph/__init__.py": "owner = 'theirs'",
    "graph/secret.py": "owner = 'theirs'",
    "checkpoint/base.py": "owner = 'theirs'",
    "checkpoint/sqlite/__init__.py": "from langgraph.checkpoint.base import owner",
    "checkpoint/sqlite/aio.py": "from langgraph.checkpoint.sqlite import owner",
}


class Place:
    """A folder with our package, and one with what others installed; and a Python to look."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = [root / "ours"]
        package = root / "ours" / "langgraph_rust"
        package.mkdir(parents=True)
        for name in (
            "__init__.py",
            "__main__.py",
            "_place.py",
            "_pytest_plugin.py",
            "_status.py",
            "version.py",
        ):
            (package / name).write_bytes((SOURCE / name).read_bytes())
        write_all(package, dict(OURS, **{"_engine.py": "__version__ = '0.0.7'"}))

    def add_theirs(self) -> Place:
        write_all(self.root / "theirs" / "langgraph", THEIRS)
        self.path.append(self.root / "theirs")
        return self

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(map(str, self.path))
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=str(self.root),
            env=dict(os.environ, PYTHONPATH=path, **environment),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def check(self, code: str, **environment: str) -> None:
        """Run code that asserts; what it prints shows when it fails."""
        done = self.run("-c", "import sys, langgraph_rust\n" + textwrap.dedent(code), **environment)
        assert done.returncode == 0, done.stdout + done.stderr


def write_all(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n")


@pytest.fixture()
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_an_owned_name_is_the_very_module(place: Place) -> None:
    place.check(
        """
        langgraph_rust.install()
        import langgraph.types, langgraph.graph.state, langgraph._internal._config
        import langgraph_rust.types, langgraph_rust.graph.state
        assert langgraph.types is langgraph_rust.types
        assert langgraph.graph is langgraph_rust.graph
        assert langgraph.graph.state is langgraph_rust.graph.state
        assert langgraph.types.__spec__.name == langgraph.types.__name__ == "langgraph_rust.types"
        """
    )


def test_an_owned_name_wins_over_an_installed_one(place: Place) -> None:
    place.add_theirs().check(
        """
        langgraph_rust.install()
        from langgraph import types, extra
        import langgraph.checkpoint.base
        assert types.owner == extra.owner == langgraph.checkpoint.base.owner == "ours"
        """
    )


def test_what_we_do_not_own_loads_from_the_installed(place: Place) -> None:
    place.add_theirs().check(
        """
        langgraph_rust.install()
        import langgraph.checkpoint.sqlite.aio as aio
        assert aio.owner == "ours"
        assert "theirs" in aio.__file__
        assert sys.modules["langgraph.checkpoint"] is sys.modules["langgraph_rust.checkpoint"]
        """
    )


def test_a_guest_is_one_object_under_both_names(place: Place) -> None:
    place.add_theirs().check(
        """
        langgraph_rust.install()
        from langgraph.checkpoint import sqlite
        import langgraph_rust.checkpoint.sqlite.aio
        assert sqlite is sys.modules["langgraph.checkpoint.sqlite"]
        assert sqlite is langgraph_rust.checkpoint.sqlite
        assert sqlite.aio is sys.modules["langgraph.checkpoint.sqlite.aio"]
        assert sqlite.__spec__.name == sqlite.__name__ == "langgraph.checkpoint.sqlite"
        """
    )


def test_a_folder_added_later_is_seen(place: Place) -> None:
    write_all(place.root / "late" / "langgraph" / "checkpoint", {"mysql.py": "owner = 'late'"})
    place.check(
        """
        langgraph_rust.install()
        import langgraph.checkpoint.base
        sys.path.append("late")
        from langgraph.checkpoint import mysql
        assert mysql.owner == "late"
        """
    )


def test_a_regular_package_is_ours_as_a_whole(place: Place) -> None:
    place.add_theirs().check(
        """
        langgraph_rust.install()
        try:
            import langgraph.graph.secret
        except ModuleNotFoundError as error:
            assert error.name == "langgraph.graph.secret"
        else:
            raise AssertionError("a module of theirs in a package of ours")
        """
    )


def test_inner_modules_of_ours_have_no_public_name(place: Place) -> None:
    place.check(
        """
        langgraph_rust.install()
        for name in ("_place", "_engine", "__main__", "nothing", "checkpoint.nothing"):
            try:
                __import__("langgraph." + name)
            except ModuleNotFoundError as error:
                assert error.name == "langgraph." + name, error
            else:
                raise AssertionError(name)
        """
    )


def test_installing_twice_is_installing_once(place: Place) -> None:
    place.check(
        """
        langgraph_rust.install()
        before = list(sys.meta_path)
        langgraph_rust.install()
        assert sys.meta_path == before
        """
    )


@pytest.mark.parametrize("name", ["types", "graph", "checkpoint.base", "checkpoint.sqlite"])
def test_refuses_when_theirs_is_loaded(place: Place, name: str) -> None:
    loaded = "checkpoint.base" if name == "checkpoint.sqlite" else name
    place.add_theirs().check(
        f"""
        import langgraph.{name}
        before = list(sys.meta_path), sorted(sys.modules)
        try:
            langgraph_rust.install()
        except RuntimeError as error:
            assert "these modules of it are loaded: langgraph.{loaded}. " in str(error), error
        else:
            raise AssertionError("installed beside theirs")
        assert sys.meta_path == before[0]
        """
    )


def test_an_imported_namespace_gives_way(place: Place) -> None:
    place.add_theirs().check(
        """
        import langgraph.checkpoint
        langgraph_rust.install()
        import langgraph.checkpoint.base
        assert sys.modules["langgraph.checkpoint"] is sys.modules["langgraph_rust.checkpoint"]
        """
    )


def test_uninstall_brings_theirs_back(place: Place) -> None:
    place.add_theirs().check(
        """
        import langgraph.checkpoint
        namespace = langgraph.checkpoint
        langgraph_rust.install()
        import langgraph.types, langgraph.checkpoint.sqlite
        ours = langgraph.types
        langgraph_rust.uninstall()
        langgraph_rust.uninstall()
        assert "langgraph.types" not in sys.modules and not hasattr(langgraph, "types")
        import langgraph.types, langgraph.checkpoint.sqlite
        assert langgraph.types.owner == langgraph.checkpoint.sqlite.owner == "theirs"
        assert langgraph.checkpoint is namespace
        assert ours is sys.modules["langgraph_rust.types"]
        assert not hasattr(sys.modules["langgraph_rust.checkpoint"], "sqlite")
        """
    )


def test_uninstall_leaves_nothing_where_nothing_was(place: Place) -> None:
    place.check(
        """
        langgraph_rust.install()
        import langgraph.graph.state
        langgraph_rust.uninstall()
        assert not [name for name in sys.modules if name.partition(".")[0] == "langgraph"]
        assert langgraph_rust.graph.state.State
        try:
            import langgraph.graph
        except ModuleNotFoundError:
            pass
        else:
            raise AssertionError("still there")
        """
    )


def test_only_the_chosen_modules_are_replaced(place: Place) -> None:
    place.add_theirs().check(
        """
        langgraph_rust.install()
        import langgraph.types, langgraph.graph, langgraph.checkpoint.sqlite
        assert langgraph.types.owner == langgraph.graph.owner == "theirs"
        assert langgraph.checkpoint.sqlite.owner == "ours"
        """,
        LANGGRAPH_RUST_ONLY="langgraph.checkpoint.base, langgraph.graph.state",
    )


def test_status_tells_what_is_loaded(place: Place) -> None:
    place.add_theirs().check(
        """
        from langgraph_rust._status import installed_version
        assert langgraph_rust.status() == (False, installed_version(), False, (), ())
        langgraph_rust.install()
        import langgraph.checkpoint.sqlite
        status = langgraph_rust.status()
        assert status.installed and not status.engine_loaded
        assert status.ours == ("langgraph.checkpoint", "langgraph.checkpoint.base")
        assert status.foreign == ("langgraph.checkpoint.sqlite",)
        assert langgraph_rust.__version__ == "0.0.7"
        assert langgraph_rust.status()[1:3] == ("0.0.7", True)
        """
    )


def test_classes_pickle_under_the_public_name(place: Place) -> None:
    place.check(
        """
        import pickle
        langgraph_rust.install()
        from langgraph.graph.state import State
        assert b"langgraph.graph.state" in pickle.dumps(State)
        assert pickle.loads(pickle.dumps(State)) is State
        """
    )


def test_a_module_reloads_as_itself(place: Place) -> None:
    place.check(
        """
        import importlib
        langgraph_rust.install()
        import langgraph.types
        langgraph.types.owner = "changed"
        assert importlib.reload(langgraph.types) is langgraph.types
        assert langgraph.types.owner == "ours"
        """
    )


def test_an_error_in_a_module_is_not_hidden(place: Place) -> None:
    write_all(place.root / "ours" / "langgraph_rust", {"broken/__init__.py": "import no_such"})
    place.check(
        """
        langgraph_rust.install()
        for name in ("langgraph.broken", "langgraph.broken.below"):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                assert error.name == "no_such", error
            assert name not in sys.modules
        """
    )


def test_installing_imports_little(place: Place) -> None:
    done = place.run(
        "-c", "import sys, langgraph_rust as r; r.install(); print(*sorted(sys.modules))"
    )
    assert done.returncode == 0, done.stderr
    heavy = {"asyncio", "dataclasses", "importlib.metadata", "importlib.util", "inspect", "typing"}
    assert not heavy & (set(done.stdout.split()) - preloaded(place))


def preloaded(place: Place) -> set[str]:
    """Modules that a bare interpreter of this environment loads (site's .pth files import some)."""
    return set(place.run("-c", "import sys; print(*sys.modules)").stdout.split())


PROGRAM = """
import sys, json, os, langgraph.types
print(json.dumps({
    "argv": sys.argv, "first": os.path.abspath(sys.path[0]), "name": __name__,
    "package": __package__,
    "main": sys.modules["__main__"].__dict__ is globals(),
    "file": globals().get("__file__"), "owner": langgraph.types.owner,
}))
"""


@pytest.mark.parametrize(
    "start",
    [
        ["folder/app.py", "-x", "1"],
        ["-m", "app", "-x", "1"],
        ["-m", "package", "-x", "1"],
        ["-c", PROGRAM, "-x", "1"],
        ["folder", "-x", "1"],
    ],
    ids=["file", "module", "package", "code", "folder"],
)
def test_the_launcher_is_like_plain_python(place: Place, start: list[str]) -> None:
    names = ("folder/app.py", "folder/__main__.py", "app.py", "package/__main__.py")
    write_all(place.root, {name: PROGRAM for name in names})
    write_all(place.root, {"package/__init__.py": ""})
    write_all(place.root / "plain" / "langgraph", {"types.py": "owner = 'ours'"})
    ours = place.run("-m", "langgraph_rust", *start)
    place.path = [place.root / "plain"]
    plain = place.run(*start)
    assert plain.returncode == 0, plain.stderr
    assert ours.stdout == plain.stdout, ours.stderr


def test_the_launcher_passes_exit_codes_on(place: Place) -> None:
    assert place.run("-m", "langgraph_rust", "-c", "raise SystemExit(7)").returncode == 7
    failed = place.run("-m", "langgraph_rust", "-c", "1 / 0")
    assert (failed.returncode, "ZeroDivisionError" in failed.stderr) == (1, True)
    assert place.run("-m", "langgraph_rust").returncode == 2
    missing = place.run("-m", "langgraph_rust", "no_such.py")
    assert missing.returncode == 2 and "can't open file" in missing.stderr


def test_atexit_still_sees_the_program(place: Place) -> None:
    code = (
        "import atexit, sys; here = 5; atexit.register(lambda: print(sys.modules['__main__'].here))"
    )
    assert place.run("-m", "langgraph_rust", "-c", code).stdout == "5\n"


def test_the_launcher_tells_the_version(place: Place) -> None:
    done = place.run("-m", "langgraph_rust", "--version")
    assert done.stdout == "langgraph_rust 0.0.7 (as LangGraph 1.2.22)\n"


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["plain", "xdist"])
def test_the_pytest_plugin_comes_before_conftest(place: Place, workers: tuple[str, ...]) -> None:
    if workers:
        pytest.importorskip("xdist")
    test = "import conftest\ndef test_owner(): assert conftest.owner == 'ours'"
    write_all(place.root / "suite", {"conftest.py": THEIRS["extra.py"], "test_it.py": test})
    done = place.add_theirs().run(
        "-m", "pytest", "-q", "-p", "langgraph_rust._pytest_plugin", *workers, "suite"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
