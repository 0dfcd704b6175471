"""The compiled engine, built beside the Python sources."""

from __future__ import annotations

import subprocess
import sys

from . import ROOT


def build_engine(profile: str = "quick") -> None:
    """Build the engine and place it into `src/langgraph_rust`; quick if nothing changed.

    Raises:
        subprocess.CalledProcessError: If cargo fails.
    """
    subprocess.run([str(ROOT / "ci" / "build"), profile], check=True, stdout=sys.stderr)
