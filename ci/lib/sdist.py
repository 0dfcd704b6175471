"""Upstream's source distributions: fetched by pip, checked by hash, unpacked in part."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Iterable, Tuple

from . import CACHE, PINS

PINNED = PINS / "sdists.txt"


def unpack(distribution: str, parts: Iterable[str], python: Path) -> Path:
    """Unpack parts of a pinned source distribution into the cache.

    Args:
        distribution: Its name as in `ci/pins/sdists.txt`.
        parts: Files and folders on its top level. Nothing else is unpacked.
        python: An interpreter whose environment has pip and hatchling (pip asks the build
            backend for the metadata of what it downloads).

    Returns:
        The folder that holds the parts.

    Raises:
        KeyError: If the distribution is not pinned.
        subprocess.CalledProcessError: If the download fails or its hash differs.
    """
    pin, digest = _find_pin(distribution)
    chosen = sorted(parts)
    folder = CACHE / "sources" / "{}-{}-{}".format(pin, digest[:10], "+".join(chosen))
    if folder.exists():
        return folder
    making = folder.with_name(folder.name + ".new")
    shutil.rmtree(str(making), ignore_errors=True)
    with tarfile.open(str(_download(distribution, pin, python))) as archive:
        for member in archive.getmembers():
            path = member.name.split("/")[1:]
            if path and path[0] in chosen and ".." not in path and member.isfile():
                member.name = "/".join(path)
                archive.extract(member, str(making))
    making.rename(folder)
    return folder


def _find_pin(distribution: str) -> Tuple[str, str]:
    for line in PINNED.read_text().splitlines():
        name, _, rest = line.partition("==")
        if name == distribution:
            version, _, digest = rest.partition(" --hash=sha256:")
            return "{}-{}".format(name.replace("-", "_"), version), digest
    raise KeyError(distribution)


def _download(distribution: str, pin: str, python: Path) -> Path:
    folder = CACHE / "downloads"
    found = folder / (pin + ".tar.gz")
    if not found.exists():
        folder.mkdir(parents=True, exist_ok=True)
        line = next(
            line for line in PINNED.read_text().splitlines() if line.startswith(distribution + "==")
        )
        requirement = folder / (pin + ".txt")
        requirement.write_text(line + "\n")
        command = [str(python), "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
        command += ["--disable-pip-version-check", "--dest", str(folder)]
        subprocess.run(command + ["--requirement", str(requirement)], check=True, stdout=sys.stderr)
    return found
