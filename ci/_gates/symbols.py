"""Which of the interpreter's symbols a wheel asks for.

What is linked to must be of the stable ABI that the wheel's tag promises: abi3audit tells. What is
looked up by name at run time must be known here, with what serves where it is not found.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Dict, List

from lib import ROOT
from lib.toml import read_toml

KNOWN = ROOT / "wheels" / "looked_up.toml"
BRIDGE = ROOT / "src" / "bridge" / "src"

_LOOKUP = re.compile(r"symbol::find\(\s*c\"(\w+)\"")
# The one file that may ask the system for a symbol.
_ASKING = re.compile(r"\b(dlsym|GetProcAddress)\b")
_ASKS = "symbol.rs"


def check_symbols(wheel: Path, python: str) -> List[str]:
    """Check the wheel's links and the sources' look-ups.

    Args:
        wheel: An abi3 wheel.
        python: An interpreter whose environment has abi3audit.
    """
    done = subprocess.run(
        [python, "-m", "abi3audit", "--strict", "--verbose", str(wheel)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    text = done.stdout.decode(errors="replace")
    print(text.strip())
    faults = [] if done.returncode == 0 else ["abi3audit finds symbols outside of the stable ABI"]
    if not BRIDGE.exists():  # a copy without the sources
        return faults
    return faults + check_lookups(BRIDGE, read_toml(KNOWN.read_text(encoding="utf-8")))


def check_lookups(sources: Path, known: Dict[str, str]) -> List[str]:
    """Compare the names that Rust sources look up with those that are known.

    Args:
        sources: A folder of Rust files.
        known: What serves instead, by the symbol's name.
    """
    faults = []
    found = set()
    for file in sorted(sources.rglob("*.rs")):
        text = file.read_text(encoding="utf-8")
        if file.name != _ASKS and _ASKING.search(text):
            faults.append(f"{file.name} asks for symbols itself, past {_ASKS}")
        found.update(_LOOKUP.findall(text))
    faults += [f"{name} is looked up, and unknown to {KNOWN.name}" for name in found - set(known)]
    faults += [f"{name} of {KNOWN.name} is not looked up" for name in set(known) - found]
    print(f"{len(found)} symbols are looked up at run time, each with something in its place")
    return sorted(faults)
