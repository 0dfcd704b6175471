"""Running a Runnable over many inputs, as langchain does it, without langchain."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any, AsyncIterator, Callable, Dict, Iterator, List, Optional, Sequence

from langgraph_rust._langchain.context import current_config

_LIMIT = 25
"""The recursion limit that langchain gives to every config of a batch."""

_COPIED = ("tags", "metadata", "callbacks", "configurable")
_KEYS = _COPIED + ("run_name", "max_concurrency", "recursion_limit", "run_id")


def complete_config(config: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    """Complete a config by langchain's rules: the given keys replace the inherited ones."""
    full: Dict[str, Any] = {
        "tags": [],
        "metadata": {},
        "callbacks": None,
        "recursion_limit": _LIMIT,
        "configurable": {},
    }
    given = config or {}
    known = {key: value for key, value in given.items() if key in _KEYS}
    for source in (current_config() or {}, known):
        for key, value in source.items():
            if value is not None:
                full[key] = value.copy() if key in _COPIED else value
    for key, value in given.items():
        if key not in _KEYS and value is not None:
            full["configurable"][key] = value
    for key in ("model", "checkpoint_ns"):
        value = full["configurable"].get(key)
        if isinstance(value, str):
            full["metadata"].setdefault(key, value)
    return full


def configs_for(config: Any, count: int) -> List[Dict[str, Any]]:
    """Return one complete config for each of `count` inputs.

    A single config is used for all of them, but its `run_id` only for the first.

    Raises:
        ValueError: If a sequence of configs has another length.
    """
    if isinstance(config, Sequence):
        if len(config) != count:
            raise ValueError(
                "config must be a list of the same length as inputs, "
                f"but got {len(config)} configs for {count} inputs"
            )
        return [complete_config(one) for one in config]
    rest = config
    if count > 1 and isinstance(config, dict) and config.get("run_id") is not None:
        import warnings

        warnings.warn(
            "Provided run_id be used only for the first element of the batch.",
            category=RuntimeWarning,
            stacklevel=3,
        )
        rest = {key: value for key, value in config.items() if key != "run_id"}
    return [complete_config(rest if i else config) for i in range(count)]


def _outcome(call: Callable[..., Any], return_exceptions: bool) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except Exception as error:
            if return_exceptions:
                return error
            raise

    return run


def _aoutcome(call: Callable[..., Any], return_exceptions: bool) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return await call(*args, **kwargs)
        except Exception as error:
            if return_exceptions:
                return error
            raise

    return run


class Batch:
    """One call of `batch` or its relatives.

    Attributes:
        inputs: The inputs, in order.
        configs: One config for each input; the first one's `max_concurrency` bounds the batch.
    """

    __slots__ = ("runnable", "inputs", "configs", "return_exceptions", "kwargs")

    def __init__(
        self,
        runnable: Any,
        inputs: Sequence[Any],
        config: Any,
        return_exceptions: bool,
        kwargs: Dict[str, Any],
    ) -> None:
        self.runnable = runnable
        self.inputs = inputs
        self.configs = configs_for(config, len(inputs))
        self.return_exceptions = return_exceptions
        self.kwargs = kwargs

    @property
    def _width(self) -> Optional[int]:
        return self.configs[0].get("max_concurrency")

    def _submit(self, executor: Any) -> List[Any]:
        invoke = _outcome(self.runnable.invoke, self.return_exceptions)
        return [
            executor.submit(copy_context().run, invoke, one, config, **self.kwargs)
            for one, config in zip(self.inputs, self.configs)
        ]

    def run(self) -> List[Any]:
        """Return the outputs in the order of the inputs, computed in threads."""
        if len(self.inputs) == 1:
            invoke = _outcome(self.runnable.invoke, self.return_exceptions)
            return [invoke(self.inputs[0], self.configs[0], **self.kwargs)]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=self._width) as executor:
            futures = self._submit(executor)
            try:
                return [future.result() for future in futures]
            finally:
                for future in futures:
                    future.cancel()

    def run_as_completed(self) -> Iterator[Any]:
        """Yield `(index, output)` as each is done."""
        if len(self.inputs) == 1:
            yield 0, self.run()[0]
            return
        from concurrent.futures import ThreadPoolExecutor, as_completed

        with ThreadPoolExecutor(max_workers=self._width) as executor:
            futures = {future: i for i, future in enumerate(self._submit(executor))}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
            finally:
                for future in futures:
                    future.cancel()

    def _coroutines(self) -> List[Any]:
        import asyncio

        ainvoke = _aoutcome(self.runnable.ainvoke, self.return_exceptions)
        coroutines = [
            ainvoke(one, config, **self.kwargs) for one, config in zip(self.inputs, self.configs)
        ]
        if not self._width:
            return coroutines
        gate = asyncio.Semaphore(self._width)

        async def gated(coroutine: Any) -> Any:
            async with gate:
                return await coroutine

        return [gated(coroutine) for coroutine in coroutines]

    async def arun(self) -> List[Any]:
        """See `run`; the runs are tasks of the running loop."""
        import asyncio

        return list(await asyncio.gather(*self._coroutines()))

    async def arun_as_completed(self) -> AsyncIterator[Any]:
        """See `run_as_completed`."""
        import asyncio

        async def numbered(index: int, coroutine: Any) -> Any:
            return index, await coroutine

        coroutines = [numbered(i, c) for i, c in enumerate(self._coroutines())]
        for done in asyncio.as_completed(coroutines):
            yield await done
