"""Interpreters that the engine was not made for are told so, whoever put the package there."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "pretence, name",
    [
        ("sys.implementation.name = 'pypy'", "pypy {}.{}".format(*sys.version_info[:2])),
        ("sys.version_info = (3, 7, 16)", "cpython 3.7"),
    ],
)
def test_other_interpreters_are_refused_at_the_import(pretence: str, name: str) -> None:
    program = f"import sys; {pretence}; import langgraph_rust"
    done = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        f"ImportError: langgraph_rust needs CPython 3.8 or later; this is {name}"
    )
