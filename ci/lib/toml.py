"""Reading TOML on every Python that these commands run on."""

from __future__ import annotations

from typing import Any, Dict


def read_toml(text: str) -> Dict[str, Any]:
    """Parse a TOML document.

    Raises:
        ValueError: If it is none.
    """
    try:
        import tomllib
    except ImportError:  # before 3.11; pip has brought its own for long
        from pip._vendor import tomli as tomllib
    return tomllib.loads(text)
