"""The transformer that hands out a run stream for every direct subgraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, Union

from langgraph_rust._internal._home import settle
from langgraph_rust.stream._lane import finish
from langgraph_rust.stream._lifecycle import (
    Namespace,
    SubgraphStatus,
    _status_from_exception,
    _TasksLifecycleBase,
)
from langgraph_rust.stream.run_stream import AsyncSubgraphRunStream, SubgraphRunStream
from langgraph_rust.stream.stream_channel import StreamChannel

if TYPE_CHECKING:
    from langgraph_rust.stream._mux import StreamMux
    from langgraph_rust.stream._types import ProtocolEvent

Handle = Union[SubgraphRunStream, AsyncSubgraphRunStream]


class SubgraphTransformer(_TasksLifecycleBase):
    """`run.subgraphs`: a run stream per subgraph that a node of this namespace runs.

    Each has a mux of its own, which gets every event of its namespace and
    below. Subgraphs of a subgraph are found by that mux, so they are on the
    subgraph's run stream and not on this one's.
    """

    _native = True
    supports_sync = True

    def __init__(self, scope: Namespace = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[Handle] = StreamChannel()
        self._handles: Dict[Namespace, Handle] = {}
        self._mux: Optional[StreamMux] = None

    def init(self) -> Dict[str, Any]:
        return {"subgraphs": self._log}

    def _on_register(self, mux: Any) -> None:
        self._mux = mux

    def _should_track(self, ns: Namespace) -> bool:
        return len(ns) == len(self.scope) + 1 and ns[:-1] == self.scope

    def _on_started(
        self, ns: Namespace, graph_name: Optional[str], trigger_call_id: Optional[str]
    ) -> None:
        if self._mux is None:
            return
        try:
            mux = self._mux._make_child(ns)
        except RuntimeError:
            # A mux of ready transformers has none for its subgraphs.
            return
        make = AsyncSubgraphRunStream if mux.is_async else SubgraphRunStream
        handle = make(mux, path=ns, graph_name=graph_name, trigger_call_id=trigger_call_id)
        self._handles[ns] = handle
        self._log.push(handle)

    # -- events --------------------------------------------------------------

    def process(self, event: ProtocolEvent) -> bool:
        return self._is_foreign(event) or finish(self._observe(event, wait=False))

    async def aprocess(self, event: ProtocolEvent) -> bool:
        return self._is_foreign(event) or await self._observe(event, wait=True)

    def _is_foreign(self, event: ProtocolEvent) -> bool:
        # No news of a subgraph, which most events are not.
        return event["method"] != "tasks" and len(event["params"]["namespace"]) <= len(self.scope)

    async def _observe(self, event: ProtocolEvent, wait: bool) -> bool:
        is_task = event["method"] == "tasks"
        if is_task:
            # Before forwarding, for this event may be the first of its subgraph.
            for transition in self._note_task(event):
                await self._report_end(*transition, wait=wait)
        handle = self._handle_for_event(event)
        if handle is not None:
            handle._observe_event(event)
            if wait:
                await handle._mux.apush(event)
            else:
                handle._mux.push(event)
        return not is_task

    def _handle_for_event(self, event: ProtocolEvent) -> Optional[Handle]:
        depth = len(self.scope) + 1
        namespace = event["params"]["namespace"]
        if len(namespace) < depth:
            return None
        handle = self._handles.get(tuple(namespace[:depth]))
        return None if handle is None or handle._mux._events._closed else handle

    # -- the end of subgraphs ------------------------------------------------

    async def _report_end(
        self, ns: Namespace, status: SubgraphStatus, error: Optional[str], wait: bool
    ) -> None:
        # By the two hooks, as subclasses may override either.
        if wait:
            await self._aon_terminal(ns, status, error)
        else:
            self._on_terminal(ns, status, error)

    def _on_terminal(self, ns: Namespace, status: SubgraphStatus, error: Optional[str]) -> None:
        finish(self._end_child(ns, status, error, wait=False))

    async def _aon_terminal(
        self, ns: Namespace, status: SubgraphStatus, error: Optional[str]
    ) -> None:
        await self._end_child(ns, status, error, wait=True)

    async def _end_child(
        self, ns: Namespace, status: SubgraphStatus, error: Optional[str], wait: bool
    ) -> None:
        handle = self._handles.get(ns)
        if handle is None or not self._mark_terminal(handle, status, error):
            return
        failure = None
        if status == "failed":
            failure = RuntimeError(error or "Subgraph failed")
        await _end_mux(handle._mux, failure, wait)

    def _mark_terminal(self, handle: Handle, status: SubgraphStatus, error: Optional[str]) -> bool:
        """Set a handle's end state; False if it had one."""
        if handle._seen_terminal:
            return False
        handle.status = status
        if handle.error is None:
            handle.error = error
        handle._seen_terminal = True
        return True

    def finalize(self) -> None:
        """Complete the subgraphs whose end was not seen.

        Raises:
            BaseException: The first error of closing one, once all are closed.
        """
        finish(self._complete_handles(wait=False))

    async def afinalize(self) -> None:
        await self._complete_handles(wait=True)

    async def _complete_handles(self, wait: bool) -> None:
        self._open.clear()
        first_error: Optional[BaseException] = None
        for ns in list(self._handles):
            try:
                await self._report_end(ns, "completed", None, wait)
            except BaseException as error:
                if first_error is None:
                    first_error = error
        if first_error is not None:
            raise first_error

    def fail(self, err: BaseException) -> None:
        """Fail the subgraphs that are still open with the run's error."""
        finish(self._fail_handles(err, wait=False))

    async def afail(self, err: BaseException) -> None:
        await self._fail_handles(err, wait=True)

    async def _fail_handles(self, err: BaseException, wait: bool) -> None:
        self._open.clear()
        end: Tuple[SubgraphStatus, Optional[str]] = _status_from_exception(err)
        for handle in self._handles.values():
            self._mark_terminal(handle, *end)
            try:
                await _end_mux(handle._mux, err, wait)
            except Exception:
                import logging

                logging.getLogger("langgraph.stream.transformers").warning(
                    "Error failing subgraph mini-mux at %s; "
                    "subscribers may not see the terminal error.",
                    handle.path,
                    exc_info=True,
                )


async def _end_mux(mux: StreamMux, err: Optional[BaseException], wait: bool) -> None:
    if mux._events._closed:
        return
    if err is None:
        if wait:
            await mux.aclose()
        else:
            mux.close()
    elif wait:
        await mux.afail(err)
    else:
        mux.fail(err)


settle("langgraph.stream.transformers", SubgraphTransformer)
