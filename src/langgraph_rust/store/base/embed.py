"""What makes vectors of texts, whichever way it is given; and the texts of a value."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Awaitable, Callable, List, Sequence

from langgraph_rust._internal._home import settle
from langgraph_rust.store.base._paths import get_text_at_path as get_text_at_path
from langgraph_rust.store.base._paths import tokenize_path as tokenize_path

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

# texts -> a vector for each
EmbeddingsFunc = Callable[[Sequence[str]], List[List[float]]]
AEmbeddingsFunc = Callable[[Sequence[str]], Awaitable[List[List[float]]]]

__all__ = ["ensure_embeddings", "EmbeddingsFunc", "AEmbeddingsFunc"]


def ensure_embeddings(
    embed: Embeddings | EmbeddingsFunc | AEmbeddingsFunc | str | None,
) -> Embeddings:
    """Return an `Embeddings` object.

    Args:
        embed: One already; a function of a list of texts, sync or async; or the name of a model as
            langchain's `init_embeddings` takes it.

    Raises:
        ValueError: if there is nothing, or a name and no langchain to look it up.
    """
    if embed is None:
        raise ValueError("embed must be provided")
    if isinstance(embed, str):
        return _init_by_name(embed)
    # Who has an Embeddings has its module loaded.
    core = sys.modules.get("langchain_core.embeddings")
    if core is not None and isinstance(embed, core.Embeddings):
        return embed
    return _find_lambda_class()(embed)


def _init_by_name(name: str) -> Embeddings:
    init_embeddings = _get_init_embeddings()
    if init_embeddings is not None:
        return init_embeddings(name)
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = f"Found langchain version {version('langchain')}, but"
    except PackageNotFoundError:
        found = "langchain is not installed;"
    raise ValueError(
        f"Could not load embeddings from string '{name}'. {found} "
        "loading embeddings by provider:identifier string requires langchain>=0.3.9 "
        "as well as the provider-specific package. "
        "Install LangChain with: pip install 'langchain>=0.3.9' "
        "and the provider-specific package (e.g., 'langchain-openai>=0.3.0'). "
        "Alternatively, specify 'embed' as a compatible Embeddings object or python function."
    )


def _get_init_embeddings() -> Callable[[str], Embeddings] | None:
    try:
        from langchain.embeddings import init_embeddings
    except ImportError:
        return None
    return init_embeddings


def _is_async_callable(func: Any) -> bool:
    from inspect import iscoroutinefunction

    return iscoroutinefunction(func) or iscoroutinefunction(type(func).__call__)


class _LambdaMethods:
    """The methods of `EmbeddingsLambda`; its base is langchain-core's, if there is one.

    Args:
        func: A function of a list of texts, sync or async. A sync one serves async calls as
            well, from a thread.
    """

    def __init__(self, func: EmbeddingsFunc | AEmbeddingsFunc) -> None:
        if func is None:
            raise ValueError("func must be provided")
        if _is_async_callable(func):
            self.afunc = func
        else:
            self.func = func

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text.

        Raises:
            ValueError: if the function is async.
        """
        func: Any = getattr(self, "func", None)
        if func is None:
            raise ValueError(
                "EmbeddingsLambda was initialized with an async function but no sync function. "
                "Use aembed_documents for async operation or provide a sync function."
            )
        return func(texts)

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text."""
        return self.embed_documents([text])[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Async twin of `embed_documents`."""
        afunc: Any = getattr(self, "afunc", None)
        if afunc is not None:
            return await afunc(texts)
        return await _in_thread(self.embed_documents, texts)

    async def aembed_query(self, text: str) -> list[float]:
        """Async twin of `embed_query`."""
        afunc: Any = getattr(self, "afunc", None)
        if afunc is not None:
            return (await afunc([text]))[0]
        return await _in_thread(self.embed_query, text)


async def _in_thread(func: Callable[[Any], Any], arg: Any) -> Any:
    from asyncio import get_running_loop
    from contextvars import copy_context

    return await get_running_loop().run_in_executor(None, copy_context().run, func, arg)


def _find_lambda_class() -> Any:
    """`EmbeddingsLambda`, made when first asked for: its base is slow to import."""
    made = globals().get("EmbeddingsLambda")
    if made is None:
        bases: tuple = (_LambdaMethods,)
        try:
            from langchain_core.embeddings import Embeddings

            bases += (Embeddings,)
        except ImportError:
            pass
        made = type("EmbeddingsLambda", bases, {"__doc__": _LambdaMethods.__doc__})
        settle("langgraph.store.base.embed", made)
        globals()["EmbeddingsLambda"] = made
    return made


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name == "EmbeddingsLambda":
            return _find_lambda_class()
        if name == "Embeddings":
            from langchain_core.embeddings import Embeddings

            return Embeddings
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


settle("langgraph.store.base.embed", ensure_embeddings)
