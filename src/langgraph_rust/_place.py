"""Taking the place of ``langgraph``.

:func:`install` puts one finder first on ``sys.meta_path``. It answers for names under
``langgraph``, by three rules:

1. ``langgraph.X`` that exists here as ``langgraph_rust.X`` *is* that module: one object under
   two names, so classes, isinstance and module state agree whichever name a program used.
2. ``langgraph.X`` that does not exist here loads from the installed distributions as ever
   (``langgraph.checkpoint.postgres``). Where its parent package is ours, the finder looks in
   the directories that other distributions contribute to that package. It does so only for
   packages that LangGraph itself leaves open (namespace packages): a regular package is ours
   or theirs as a whole, so that one engine never runs on top of half of the other.
   Such a guest too has both names: `from langgraph.checkpoint import postgres` asks our
   module, and thereby for `langgraph_rust.checkpoint.postgres`.
3. ``langgraph`` itself stays the namespace package that it is. If no distribution brings it,
   an empty one is made.

Nothing is patched and no ``__path__`` is changed, so :func:`uninstall` is exact.

``LANGGRAPH_RUST_ONLY`` (comma-separated module names, each standing for itself and what is
below it) narrows rule 1. It is for development: what is not listed loads from LangGraph.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec

# Not from typing, which takes longer to import than all the rest: with LANGGRAPH_RUST=1 this
# module is imported whenever an interpreter starts.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Dict, List, Optional, Sequence, Tuple

    from ._status import Status

__all__ = ("install", "status", "uninstall")

THEIRS = "langgraph"
OURS = __name__.rpartition(".")[0]
ONLY = "LANGGRAPH_RUST_ONLY"


def install() -> None:
    """Let ``import langgraph`` mean this package, from now on and in this process.

    Calling it again changes nothing.

    Raises:
        RuntimeError: If modules of LangGraph that would be replaced are imported already. Two
            copies of one class in a process would not recognise each other.
    """
    if _installed() is not None:
        return
    finder = _Finder(_chosen_names())
    loaded = _loaded_modules()
    clashes = finder.clashes(loaded)
    if clashes:
        raise RuntimeError(
            f"{OURS}.install() must run before langgraph is imported, but these modules of it "
            f"are loaded: {', '.join(clashes)}. Call install() before the first import of "
            f"langgraph, or start the program with `python -m {OURS}`."
        )
    # Namespace packages that were imported before give way, to be ours when next imported.
    finder.before = loaded
    for name in sorted(loaded, reverse=True):
        if finder.owns(".".join(name.split(".")[:2])):
            _forget(name)
    sys.meta_path.insert(0, finder)


def uninstall() -> None:
    """Undo :func:`install`: the next ``import langgraph`` loads what is installed.

    Modules imported meanwhile keep working for those who hold them. Without an earlier
    :func:`install` nothing happens.
    """
    finder = _installed()
    if finder is None:
        return
    sys.meta_path.remove(finder)
    for name in sorted(_loaded_modules(), reverse=True):
        _forget(name)
    for name, module in finder.before.items():
        sys.modules[name] = module
        parent, _, leaf = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], leaf, module)


def status() -> Status:
    """Say what stands in the place of ``langgraph``, from the state of the import system."""
    from ._status import Status, installed_version

    ours: List[str] = []
    foreign: List[str] = []
    for name, module in sorted(_loaded_modules().items()):
        if module is sys.modules.get(_our_name(name)):
            ours.append(name)
        elif not _is_namespace(module):
            foreign.append(name)
    engine = sys.modules.get(f"{OURS}._engine")
    return Status(
        installed=_installed() is not None,
        version=installed_version() if engine is None else engine.__version__,
        engine_loaded=engine is not None,
        ours=tuple(ours),
        foreign=tuple(foreign),
    )


class _Finder:
    """The meta path entry that answers for ``langgraph`` and what is below it."""

    def __init__(self, only: Tuple[str, ...]) -> None:
        self._only = only
        self.before: Dict[str, ModuleType] = {}

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[str]] = None,
        target: Optional[ModuleType] = None,
    ) -> Optional[ModuleSpec]:
        if fullname == THEIRS:
            spec = self._ask_others(THEIRS, None)
            return spec or ModuleSpec(THEIRS, None, is_package=True)
        if fullname.startswith(THEIRS + "."):
            own = self._own_spec(fullname)
            return self._guest_spec(fullname) if own is None else _alias(fullname, own)
        if fullname.startswith(OURS + "."):
            public = THEIRS + fullname[len(OURS) :]
            # Below a guest, the path that is asked for would lead to a second copy.
            below_guest = not _is_ours(sys.modules.get(fullname.rpartition(".")[0]))
            spec = None if below_guest else self._ask_others(fullname, path)
            return spec or _alias(fullname, self._guest_spec(public))
        return None

    def owns(self, fullname: str) -> bool:
        """Whether an import of this name is answered by a module of ours."""
        return self._own_spec(fullname) is not None

    def clashes(self, loaded: Dict[str, ModuleType]) -> List[str]:
        """Names among loaded modules that we would replace, and whose code has run."""
        found: List[str] = []
        for name in sorted(loaded):
            if _is_namespace(loaded[name]):
                continue
            # What is below a clash is one too; asking would import our package around it.
            if any(name.startswith(clash + ".") for clash in found) or self.owns(name):
                found.append(name)
        return found

    def _own_spec(self, fullname: str) -> Optional[ModuleSpec]:
        root = fullname.split(".")[1:2]
        if not root or (root[0].startswith("_") and root[0] != "_internal"):
            return None  # this file, the engine, …: ours, but no module of LangGraph
        if self._only and not any((fullname + ".").startswith(name + ".") for name in self._only):
            return None
        name = _our_name(fullname)
        try:
            parent = import_module(name.rpartition(".")[0])
        except ModuleNotFoundError as error:
            if error.name and (name + ".").startswith(error.name + "."):
                return None
            raise
        path = getattr(parent, "__path__", None)
        return self._ask_others(name, path) if path and _is_ours(parent) else None

    def _guest_spec(self, fullname: str) -> Optional[ModuleSpec]:
        """Find a module that another distribution has in, or below, a package of ours."""
        parent = fullname.rpartition(".")[0]
        module = sys.modules.get(parent)
        if module is None or module is not sys.modules.get(_our_name(parent)):
            return None
        path = self._shared_path(parent) if _is_ours(module) else module.__path__
        return self._ask_others(fullname, path)

    def _shared_path(self, package: str) -> List[str]:
        """Where other distributions keep their part of a package that we own too."""
        parent = package.rpartition(".")[0]
        path = self._shared_path(parent) if parent else None
        spec = self._ask_others(package, path)
        if spec is None or spec.loader is not None:
            return []
        return list(spec.submodule_search_locations or ())

    def _ask_others(self, name: str, path: Optional[Sequence[str]]) -> Optional[ModuleSpec]:
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = None if find is None else find(name, path)
            if spec is not None:
                return spec
        return None


def _alias(fullname: str, spec: Optional[ModuleSpec]) -> Optional[ModuleSpec]:
    """The spec that gives the module of another spec a second name."""
    if spec is None:
        return None
    # A loader by its methods: the base class would import typing.
    loader: Any = _Alias(spec.name)
    return ModuleSpec(fullname, loader, origin=spec.origin)


class _Alias:
    """Loads a module under a second name by handing out the module of the first."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._name)
        self._first_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It has been executed under its own name. The import system has just given it the
        # spec of the alias, with which reload and pickling by name would go astray.
        module.__spec__ = self._first_spec


def _our_name(fullname: str) -> str:
    return OURS + fullname[len(THEIRS) :]


def _installed() -> Optional[_Finder]:
    for finder in sys.meta_path:
        if isinstance(finder, _Finder):
            return finder
    return None


def _chosen_names() -> Tuple[str, ...]:
    names = os.environ.get(ONLY, "").split(",")
    return tuple(name.strip() for name in names if name.strip())


def _loaded_modules() -> Dict[str, ModuleType]:
    """Imported modules under ``langgraph``, itself included."""
    return {
        name: module
        for name, module in list(sys.modules.items())
        if (name == THEIRS or name.startswith(THEIRS + ".")) and module is not None
    }


def _is_namespace(module: ModuleType) -> bool:
    return getattr(module, "__file__", None) is None and hasattr(module, "__path__")


def _forget(name: str) -> None:
    """Take a module out of ``sys.modules`` and, unless it is ours, off its parent."""
    module = sys.modules.pop(name, None)
    parent, _, leaf = name.rpartition(".")
    for holder in (sys.modules.get(parent), sys.modules.get(_our_name(parent))):
        if holder is None or getattr(holder, leaf, None) is not module:
            continue
        if holder.__name__.partition(".")[0] != OURS or not _is_ours(module):
            delattr(holder, leaf)


def _is_ours(module: Optional[ModuleType]) -> bool:
    return module is not None and module.__name__.partition(".")[0] == OURS
