"""Finding a Python interpreter of a wanted version on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Tuple

# LangGraph itself, and with it its test suites and the comparison benchmarks, begin here.
UPSTREAM_MINIMUM = (3, 10)

_PREFERRED = ((3, 11), (3, 12), (3, 13), (3, 10), (3, 14), (3, 15), (3, 9), (3, 8))


class Interpreter(NamedTuple):
    """An interpreter's path and its version as (major, minor)."""

    path: str
    version: Tuple[int, int]

    @property
    def name(self) -> str:
        return "{}.{}".format(*self.version)


def find_interpreter(
    minimum: Tuple[int, int] = (3, 8), exact: Optional[str] = None
) -> Optional[Interpreter]:
    """Find an interpreter: the one that runs this, or else a likely one.

    Args:
        minimum: The oldest version that will do.
        exact: A version as "3.12", to take no other.

    Returns:
        None if there is none in PATH or among pyenv's.
    """
    wanted = tuple(int(part) for part in exact.split(".")[:2]) if exact else None
    if (wanted or minimum) <= sys.version_info[:2] and wanted in (None, sys.version_info[:2]):
        return Interpreter(sys.executable, sys.version_info[:2])
    for version in _PREFERRED if wanted is None else (wanted,):
        if version < minimum:
            continue
        for path in _likely_paths(version):
            if _version_of(path) == version:
                return Interpreter(path, version)
    return None


def find_all() -> List[Interpreter]:
    """Every version of CPython from 3.8 on that is on this machine, one interpreter of each."""
    found = (find_interpreter(exact="{}.{}".format(*version)) for version in sorted(_PREFERRED))
    return [interpreter for interpreter in found if interpreter is not None]


def _likely_paths(version: Tuple[int, ...]) -> Iterator[str]:
    name = "python{}.{}".format(*version)
    in_path = shutil.which(name)
    if in_path:
        yield in_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    pattern = f"{version[0]}.{version[1]}.*/bin/{name}"
    yield from sorted(map(str, pyenv.glob(pattern)), reverse=True)


def _version_of(path: str) -> Optional[Tuple[int, int]]:
    # A shim may be in PATH and lead nowhere: only running it tells.
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([path, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    major, _, minor = done.stdout.decode().strip().partition(" ")
    return (int(major), int(minor)) if done.returncode == 0 else None
