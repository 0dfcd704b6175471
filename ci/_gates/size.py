"""The size of a wheel, by part."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path
from typing import Dict, List, NamedTuple

LIMIT_BYTES = 10_000_000
AIM_BYTES = 4_000_000

_PARTS = (
    ("the engine", (".so", ".pyd", ".dylib")),
    ("Python", (".py", ".pth")),
    ("types", (".pyi", "py.typed")),
)


class Part(NamedTuple):
    """Files of one kind: how many, their bytes in the wheel and unpacked."""

    files: int
    packed: int
    unpacked: int


def weigh(wheel: Path) -> Dict[str, Part]:
    """The parts of a wheel. What is neither code nor types is metadata."""
    parts: Dict[str, Part] = {}
    with zipfile.ZipFile(str(wheel)) as archive:
        for entry in archive.infolist():
            named = (name for name, ends in _PARTS if entry.filename.endswith(ends))
            name = next(named, "metadata")
            seen = parts.get(name, Part(0, 0, 0))
            parts[name] = Part(
                seen.files + 1, seen.packed + entry.compress_size, seen.unpacked + entry.file_size
            )
    return parts


def check_size(wheel: Path, limit: int = LIMIT_BYTES) -> List[str]:
    """Print what each part of a wheel weighs, and compare the whole with the limit."""
    print("{:12} {:>6} {:>10} {:>10}".format("", "files", "packed", "unpacked"))
    for name, part in weigh(wheel).items():
        print("{:12} {:6} {:7.2f} MB {:7.2f} MB".format(name, part.files, *_megabytes(part)))
    size = os.path.getsize(str(wheel))
    print(f"the wheel: {size / 1e6:.2f} MB (limit {limit / 1e6:g}, aim {AIM_BYTES / 1e6:g})")
    if size > AIM_BYTES:
        print("the wheel is past its aim", file=sys.stderr)
    if size > limit:
        return [f"the wheel has {size / 1e6:.2f} MB, and may have {limit / 1e6:g}"]
    return []


def _megabytes(part: Part) -> List[float]:
    return [part.packed / 1e6, part.unpacked / 1e6]
