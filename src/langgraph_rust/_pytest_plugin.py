"""Runs a test suite that imports ``langgraph`` on this engine.

``pytest -p langgraph_rust._pytest_plugin`` loads this module before any conftest. Where the
package is installed from a wheel, ``LANGGRAPH_RUST=1 pytest`` does the same without it.

PYTEST_DONT_REWRITE (there is no assert to explain here).
"""

from __future__ import annotations

import os

from ._place import install, status

install()

# A worker of pytest-xdist takes `-p` only after it has read the conftest files, which import
# langgraph. It takes this variable before.
_plugins = os.environ.get("PYTEST_PLUGINS", "").split(",")
if __name__ not in _plugins:
    os.environ["PYTEST_PLUGINS"] = ",".join([name for name in _plugins if name] + [__name__])


def pytest_report_header() -> str:
    """Name the engine on top of the report."""
    from . import __version__

    place = "in the place of langgraph" if status().installed else "not installed"
    return f"langgraph_rust: {__version__}, {place}"
