"""What the commands in `ci/` share: interpreters, environments, sources, the built engine.

Standard library only, and runs on Python 3.8.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "ci" / "pins"
SOURCE = ROOT / "src"

# Environments and downloads. Several checkouts may share one, by this variable.
CACHE = Path(os.environ.get("LANGGRAPH_RUST_CACHE") or ROOT / ".cache")
