"""A dict that is written to a file when it is closed."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

from langgraph_rust._internal._home import settle


class PersistentDict(defaultdict):
    """A `defaultdict` with a file: `load` reads it, `sync` and `close` write it, pickled.

    Args:
        *args: What `defaultdict` takes.
        filename: The file.
        **kwds: What `defaultdict` takes.
    """

    def __init__(self, *args: Any, filename: str, **kwds: Any) -> None:
        self.flag = "c"  # "r" never writes, "n" never reads
        self.mode = None  # the file's permission bits, if they are to be set
        self.format = "pickle"
        self.filename = filename
        super().__init__(*args, **kwds)

    def sync(self) -> None:
        """Write the file: whole or not at all."""
        if self.flag == "r":
            return
        import shutil

        unfinished = self.filename + ".tmp"
        try:
            with open(unfinished, "wb" if self.format == "pickle" else "w") as file:
                self.dump(file)
        except Exception:
            os.remove(unfinished)
            raise
        shutil.move(unfinished, self.filename)
        if self.mode is not None:
            os.chmod(self.filename, self.mode)

    def close(self) -> None:
        """Write the file and forget the content."""
        self.sync()
        self.clear()

    def __enter__(self) -> PersistentDict:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.close()

    def dump(self, fileobj: Any) -> None:
        """Write the content to an open file.

        Raises:
            NotImplementedError: if `format` is not `"pickle"`.
        """
        if self.format != "pickle":
            raise NotImplementedError("Unknown format: " + repr(self.format))
        import pickle

        pickle.dump(dict(self), fileobj, 2)

    def load(self) -> None:
        """Add the file's content; an empty file has none."""
        if self.flag == "n":
            return
        import pickle

        with open(self.filename, "rb" if self.format == "pickle" else "r") as file:
            try:
                self.update(pickle.load(file))
            except EOFError:
                return
            except Exception:
                from logging import getLogger

                getLogger("langgraph.checkpoint.memory").error(f"Failed to load file: {file.name}")
                raise


settle("langgraph.checkpoint.memory", PersistentDict)
