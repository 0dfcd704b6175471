"""Built wheels: which one is meant, and its installation into an environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Optional

from . import ROOT

DIST = ROOT / "dist"


def find_wheel(given: Optional[str] = None) -> Path:
    """Find the wheel that is meant: the given one, or the only one in `dist/`.

    Raises:
        SystemExit: If there is none, or there are several to choose from.
    """
    if given is not None:
        wheel = Path(given).resolve()
        if not wheel.is_file():
            sys.exit(f"no such wheel: {wheel}")
        return wheel
    wheels = sorted(DIST.glob("*.whl"))
    if len(wheels) != 1:
        sys.exit(f"{len(wheels)} wheels in dist/: name one, or make one by ci/wheel")
    return wheels[0]


def install_wheel(wheel: Path, python: Path) -> None:
    """Install a wheel alone, in place of one that is installed already.

    Args:
        wheel: The wheel's file.
        python: The interpreter of an environment.

    Raises:
        subprocess.CalledProcessError: If pip refuses; what it said is on stderr.
    """
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-index", "--force-reinstall", str(wheel)]
    subprocess.run(command, check=True, stdout=sys.stderr)
