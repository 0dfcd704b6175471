"""Building graphs and compiling them."""

from __future__ import annotations

from typing import Any, Callable

from cases._case import call_case
from cases._graphs import chain_of


@call_case("compile a chain of 3,000 nodes that is built")
def compile_3000() -> Callable[[], Any]:
    return chain_of(3000).compile


@call_case("build a chain of 1,000 nodes and compile it")
def build_and_compile_1000() -> Callable[[], Any]:
    return lambda: chain_of(1000).compile()
