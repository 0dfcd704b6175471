"""``python -m langgraph_rust``: run a program that imports ``langgraph`` on this engine.

The program sees what it would see under plain ``python``: its own ``sys.argv`` and
``sys.path[0]``, and a ``__main__`` module of its own. Python processes that it starts do the
same, through ``LANGGRAPH_RUST=1``, where the package is installed from a wheel.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

from ._place import install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

USAGE = """\
usage: python -m langgraph_rust FILE [ARG ...]
       python -m langgraph_rust -m MODULE [ARG ...]
       python -m langgraph_rust -c CODE [ARG ...]
       python -m langgraph_rust --version | --help

Runs a Python program with this package in the place of langgraph.
"""


def main(argv: List[str]) -> int:
    """Run the program that the arguments name, as ``python`` would.

    Args:
        argv: The arguments after ``python -m langgraph_rust``.

    Returns:
        The exit code: 2 if the arguments name no program. A program that ends by SystemExit
        or another exception is not caught.
    """
    first = argv[0] if argv else ""
    if first in ("-h", "--help"):
        sys.stdout.write(USAGE)
        return 0
    if first in ("-V", "--version"):
        from . import __version__
        from .version import __version__ as followed

        print(f"langgraph_rust {__version__} (as LangGraph {followed})")
        return 0
    if first in ("-m", "-c") and len(argv) > 1:
        take_place()
        (run_module if first == "-m" else run_code)(argv[1], argv[2:])
        return 0
    if first and not first.startswith("-"):
        take_place()
        run_file(first, argv[1:])
        return 0
    sys.stderr.write(USAGE)
    return 2


def take_place() -> None:
    """Install into this process, and into the Python processes that it will start."""
    install()
    os.environ["LANGGRAPH_RUST"] = "1"


def run_file(path: str, arguments: List[str]) -> None:
    """Run a script, or a directory or zip file that holds a ``__main__.py``."""
    sys.argv = [path] + arguments
    if _holds_modules(path):
        import runpy

        runpy.run_path(path, run_name="__main__")
        return
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        print(f"{sys.executable}: can't open file {path!r}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    _set_first_path(os.path.dirname(os.path.realpath(path)))
    file_name = path if sys.version_info < (3, 9) else os.path.abspath(path)
    _run_as_main(compile(source, path, "exec", dont_inherit=True), __file__=file_name)


def run_module(name: str, arguments: List[str]) -> None:
    """Run a module, or a package's ``__main__``, with the working directory in ``sys.path[0]``."""
    from importlib.util import find_spec

    sys.argv = ["-m"] + arguments
    spec = find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = find_spec(name + ".__main__")
    find_code = getattr(spec and spec.loader, "get_code", None)
    if spec is None or find_code is None:
        sys.exit(f"{sys.executable}: No module named {name}, or it cannot be run")
    sys.argv[0] = spec.origin or name
    _run_as_main(
        find_code(spec.name),
        __file__=spec.origin,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )


def run_code(source: str, arguments: List[str]) -> None:
    """Run a piece of source as ``python -c`` does."""
    sys.argv = ["-c"] + arguments
    _set_first_path("")
    _run_as_main(compile(source, "<string>", "exec", dont_inherit=True))


def _run_as_main(code: Any, **names: Any) -> None:
    # A module of its own, which stays `__main__` after the code has ended: what it registered
    # with atexit, and the threads that it left running, still look there.
    module = ModuleType("__main__")
    module.__dict__.update(names, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def _holds_modules(path: str) -> bool:
    from pkgutil import get_importer

    return get_importer(path) is not None


def _set_first_path(directory: str) -> None:
    # `python -m` has put the working directory first, unless it runs with -P or -I.
    if not getattr(sys.flags, "safe_path", False) and not sys.flags.isolated:
        sys.path[0] = directory


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
