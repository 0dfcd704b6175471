"""The error for what needs a distribution that is not there, or not for this Python.

Imported by ``pregel.remote`` and the streams of messages.
"""

from __future__ import annotations

import sys


def wanting(what: str, needed: str, cause: ImportError) -> ImportError:
    """Make the error that says what is needed for what, and why it may not be had.

    Args:
        what: What was asked for.
        needed: The distribution, with the version from which on it will do.
        cause: Why it could not be imported.
    """
    text = f"{what} needs {needed}"
    if sys.version_info < (3, 10):
        text += ", which exists for Python 3.10 and later"
    return ImportError(f"{text} ({cause})", name=cause.name)
