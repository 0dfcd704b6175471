"""`RemoteGraph`: a graph on a server, used as if it were here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, AsyncIterator, Iterator, Sequence, cast

from langgraph_rust._internal._config import merge_configs
from langgraph_rust._internal._elsewhere import find_elsewhere
from langgraph_rust._internal._typing import MISSING
from langgraph_rust.pregel import _log, _remote_state
from langgraph_rust.pregel._adopt import adopt
from langgraph_rust.pregel._remote_run_stream import (
    _AsyncRemoteGraphRunStream,
    _RemoteGraphRunStream,
)
from langgraph_rust.pregel._remote_wire import (
    Events,
    Modes,
    RemoteException,
    checkpoint_of,
    sanitize_config,
)
from langgraph_rust.pregel.protocol import PregelProtocol
from langgraph_rust.types import Command, GraphOutput

if TYPE_CHECKING:
    from typing import Literal

    from langchain_core.runnables import RunnableConfig
    from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient
    from langgraph_sdk.schema import Context, QueryParamTypes
    from typing_extensions import Self

    from langgraph_rust.types import All, StreamMode

__all__ = ("RemoteGraph", "RemoteException")

_V3_SUPPORTED_KWARGS = frozenset({"metadata", "headers"})


class RemoteGraph(PregelProtocol):
    """A graph that runs on a server; it can be a node of a graph here.

    Needs `langgraph-sdk`. Config is sent without what cannot be JSON.
    """

    __module__ = "langgraph.pregel.remote"

    assistant_id: str
    name: str | None

    def __init__(
        self,
        assistant_id: str,
        /,
        *,
        url: str | None = None,
        api_key: str | None = None,
        headers: dict[str, str] | None = None,
        client: LangGraphClient | None = None,
        sync_client: SyncLangGraphClient | None = None,
        config: RunnableConfig | None = None,
        name: str | None = None,
        distributed_tracing: bool = False,
    ):
        """Name the remote graph and where it is: an address, or clients.

        Args:
            assistant_id: Which graph or assistant of the server.
            url: The server's address; makes the clients that are not given.
            api_key: For these clients; by default what the environment has.
            headers: For these clients.
            client: Client for async methods.
            sync_client: Client for sync methods.
            config: The config every run starts from.
            name: Name of the node; the assistant's by default.
            distributed_tracing: Whether to send the headers that join the server's traces to ours.
        """
        self.assistant_id = assistant_id
        self.name = assistant_id if name is None else name
        self.config = config
        self.distributed_tracing = distributed_tracing
        if url is not None:
            try:
                from langgraph_sdk.client import get_client, get_sync_client
            except ImportError as error:
                from langgraph_rust._internal._wanting import wanting

                raise wanting("RemoteGraph", "langgraph-sdk", error) from error

            if client is None:
                client = get_client(url=url, api_key=api_key, headers=headers)
            if sync_client is None:
                sync_client = get_sync_client(url=url, api_key=api_key, headers=headers)
        self.client = client
        self.sync_client = sync_client

    def _validate_client(self) -> Any:
        if self.client is None:
            raise ValueError(
                "Async client is not initialized: "
                "please provide `url` or `client` when initializing `RemoteGraph`."
            )
        return self.client

    def _validate_sync_client(self) -> Any:
        if self.sync_client is None:
            raise ValueError(
                "Sync client is not initialized: "
                "please provide `url` or `sync_client` when initializing `RemoteGraph`."
            )
        return self.sync_client

    def _reject_v3_unsupported(
        self,
        *,
        control: Any,
        transformers: Any,
        interrupt_before: Any,
        interrupt_after: Any,
        extra_kwargs: dict[str, Any],
    ) -> None:
        given = {
            "control": control,
            "transformers": transformers,
            "interrupt_before": interrupt_before,
            "interrupt_after": interrupt_after,
        }
        for name, value in given.items():
            if value:
                raise NotImplementedError(
                    f"RemoteGraph.stream_events(version='v3') does not support `{name}=`."
                )
        unknown = set(extra_kwargs) - _V3_SUPPORTED_KWARGS
        if unknown:
            raise NotImplementedError(
                "RemoteGraph.stream_events(version='v3') does not support the following kwargs: "
                f"{sorted(unknown)!r}. Supported: {sorted(_V3_SUPPORTED_KWARGS)!r}."
            )

    def copy(self, update: dict[str, Any]) -> Self:
        """Return a new object with the attributes in `update` replaced."""
        attributes = {**self.__dict__, **update}
        return self.__class__(attributes.pop("assistant_id"), **attributes)

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """Return a copy whose runs start from `config`, merged over the present one."""
        return self.copy(
            {"config": merge_configs(self.config, config, cast("RunnableConfig", kwargs))}
        )

    def _thread(self, config: RunnableConfig) -> dict[str, Any]:
        """Return the SDK's arguments for the thread and checkpoint that `config` names."""
        merged = merge_configs(self.config, config)
        return {
            "thread_id": merged["configurable"]["thread_id"],
            "checkpoint": checkpoint_of(merged),
        }

    def _sanitize_config(self, config: RunnableConfig) -> RunnableConfig:
        return sanitize_config(config)

    def _sent_config(self, config: RunnableConfig | None) -> tuple[RunnableConfig, Any]:
        """Return the config to send, and the thread it named."""
        sent = self._sanitize_config(merge_configs(self.config, config))
        return sent, sent.get("configurable", {}).pop("thread_id", None)

    def _traced(self, headers: dict[str, str] | None) -> dict[str, str] | None:
        return _merge_tracing_headers(headers) if self.distributed_tracing else headers

    def _run_request(
        self,
        input: Any,
        config: RunnableConfig | None,
        modes: Modes,
        subgraphs: bool,
        headers: dict[str, str] | None,
    ) -> dict[str, Any]:
        """Return the SDK's arguments for a run."""
        command = None
        if isinstance(input, Command):
            from dataclasses import asdict

            command, input = asdict(input), None
        sent, thread_id = self._sent_config(config)
        return {
            "thread_id": thread_id,
            "assistant_id": self.assistant_id,
            "input": input,
            "command": command,
            "config": sent,
            "stream_mode": modes.sent,
            "stream_subgraphs": subgraphs or modes.sink is not None,
            "if_not_exists": "create",
            "headers": self._traced(headers),
        }

    get_graph = _remote_state.get_graph
    aget_graph = _remote_state.aget_graph
    get_state = _remote_state.get_state
    aget_state = _remote_state.aget_state
    get_state_history = _remote_state.get_state_history
    aget_state_history = _remote_state.aget_state_history
    bulk_update_state = _remote_state.bulk_update_state  # type: ignore[assignment]
    abulk_update_state = _remote_state.abulk_update_state  # type: ignore[assignment]
    update_state = _remote_state.update_state
    aupdate_state = _remote_state.aupdate_state

    def stream(
        self,
        input: dict[str, Any] | Any,
        config: RunnableConfig | None = None,
        *,
        context: Context | None = None,
        stream_mode: StreamMode | list[StreamMode] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        subgraphs: bool = False,
        headers: dict[str, str] | None = None,
        params: QueryParamTypes | None = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> Iterator[dict[str, Any] | Any]:
        """Run the remote graph and yield what it emits; arguments are those of `Pregel.stream`.

        Args:
            input: The input, or a `Command`.
            config: Merged over this object's own; what cannot be sent as JSON stays here.
            context: What the run's `Runtime.context` is.
            stream_mode: As in `Pregel.stream`; `updates` by default.
            interrupt_before: Nodes to pause before.
            interrupt_after: Nodes to pause after.
            subgraphs: Whether to emit what graphs inside emit.
            headers: Sent with the request.
            params: Sent with the request's address.
            version: As in `Pregel.stream`.
            **kwargs: Further arguments of the SDK's `runs.stream`.

        Raises:
            RemoteException: the run failed on the server.
            GraphInterrupt: the run was interrupted and is part of a graph here.
        """
        client = self._validate_sync_client()
        modes = Modes(stream_mode, config)
        request = self._run_request(input, config, modes, subgraphs, headers)
        request.update(
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            params=params,
        )
        events = Events(modes, config, subgraphs, version)
        for event in client.runs.stream(**request, **kwargs):
            yield from events.read(event)

    async def astream(
        self,
        input: dict[str, Any] | Any,
        config: RunnableConfig | None = None,
        *,
        context: Context | None = None,
        stream_mode: StreamMode | list[StreamMode] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        subgraphs: bool = False,
        headers: dict[str, str] | None = None,
        params: QueryParamTypes | None = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> AsyncIterator[dict[str, Any] | Any]:
        """Async twin of `stream`."""
        client = self._validate_client()
        modes = Modes(stream_mode, config)
        request = self._run_request(input, config, modes, subgraphs, headers)
        request.update(
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            params=params,
        )
        events = Events(modes, config, subgraphs, version)
        async for event in client.runs.stream(**request, **kwargs):
            for chunk in events.read(event):
                yield chunk

    def invoke(
        self,
        input: dict[str, Any] | Any,
        config: RunnableConfig | None = None,
        *,
        context: Context | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        headers: dict[str, str] | None = None,
        params: QueryParamTypes | None = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> dict[str, Any] | Any:
        """Run the remote graph to its end and return its last values; arguments are those of
        `stream`."""
        output: Any = MISSING
        for chunk in self.stream(
            input,
            config=config,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            headers=headers,
            stream_mode="values",
            params=params,
            version=version,
            **kwargs,
        ):
            output = chunk
        return _output(output, version)

    async def ainvoke(
        self,
        input: dict[str, Any] | Any,
        config: RunnableConfig | None = None,
        *,
        context: Context | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        headers: dict[str, str] | None = None,
        params: QueryParamTypes | None = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> dict[str, Any] | Any:
        """Async twin of `invoke`."""
        output: Any = MISSING
        async for chunk in self.astream(
            input,
            config=config,
            context=context,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            headers=headers,
            stream_mode="values",
            params=params,
            version=version,
            **kwargs,
        ):
            output = chunk
        return _output(output, version)

    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v1", "v2", "v3"] = "v2",
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        control: Any = None,
        transformers: Sequence[Any] | None = None,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Start a run of the remote graph and return its stream of events.

        Args:
            input: The input, or a `Command` that resumes.
            config: Merged over this object's own.
            version: `v3`.
            interrupt_before: Not supported.
            interrupt_after: Not supported.
            control: Not supported.
            transformers: Not supported.
            headers: Sent with the requests.
            **kwargs: `metadata` of the run.

        Raises:
            NotImplementedError: another version, or an argument that is not supported.
        """
        if version != "v3":
            return super().stream_events(input, config, version=version, **kwargs)
        self._reject_v3_unsupported(
            control=control,
            transformers=transformers,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            extra_kwargs=kwargs,
        )
        client = self._validate_sync_client()
        sent, thread_id = self._sent_config(config)
        thread = client.threads.stream(
            thread_id=thread_id, assistant_id=self.assistant_id, headers=self._traced(headers)
        )
        return _RemoteGraphRunStream(
            sync_client=client,
            sdk_thread=thread,
            input=input,
            config=sent,
            metadata=kwargs.get("metadata"),
        )

    async def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v1", "v2", "v3"] = "v2",
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        control: Any = None,
        transformers: Sequence[Any] | None = None,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Async twin of `stream_events`; knows version `v3` alone."""
        if version != "v3":
            raise NotImplementedError(
                f"RemoteGraph.astream_events(version={version!r}) is not implemented; "
                "use astream() for v1/v2 streaming or version='v3'."
            )
        self._reject_v3_unsupported(
            control=control,
            transformers=transformers,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            extra_kwargs=kwargs,
        )
        client = self._validate_client()
        sent, thread_id = self._sent_config(config)
        thread = client.threads.stream(
            thread_id=thread_id, assistant_id=self.assistant_id, headers=self._traced(headers)
        )
        return _AsyncRemoteGraphRunStream(
            client=client,
            sdk_thread=thread,
            input=input,
            config=sent,
            metadata=kwargs.get("metadata"),
        )


adopt(RemoteGraph, __name__)


def _output(last: Any, version: str) -> Any:
    """Return the output that the last chunk is; None if there was none."""
    if last is MISSING:
        _log.warn("No events received from remote graph")
        return None
    if version == "v2":
        return GraphOutput(value=last["data"], interrupts=tuple(last.get("interrupts", ())))
    return last


def _merge_tracing_headers(headers: dict[str, str] | None) -> dict[str, str] | None:
    """Add the headers that make the server's traces part of the current one; to `headers` itself,
    if given."""
    # nothing is traced in a program that has not imported langsmith
    langsmith = sys.modules.get("langsmith")
    run = langsmith.get_current_run_tree() if langsmith else None
    if not run:
        return headers
    tracing = run.to_headers()
    if not headers:
        return tracing
    if "baggage" in headers:
        tracing["baggage"] = f"{headers['baggage']},{tracing['baggage']}"
    headers.update(tracing)
    return headers


if not TYPE_CHECKING:
    __getattr__ = find_elsewhere(
        __name__,
        {
            "langgraph_rust._internal._constants": "CONF CONFIG_KEY_CHECKPOINT_ID "
            "CONFIG_KEY_CHECKPOINT_MAP CONFIG_KEY_CHECKPOINT_NS CONFIG_KEY_STREAM "
            "CONFIG_KEY_STRICT_RESUME CONFIG_KEY_TASK_ID INTERRUPT NS_SEP",
            "langgraph_rust.checkpoint.base": "CheckpointMetadata",
            "langgraph_rust.errors": "GraphInterrupt ParentCommand",
            "langgraph_rust.pregel.protocol": "StreamProtocol",
            "langgraph_rust.types": "All Interrupt PregelTask StateSnapshot StreamMode StreamPart",
            "langgraph_sdk.client": "LangGraphClient SyncLangGraphClient get_client "
            "get_sync_client",
            "langgraph_sdk.schema": "Checkpoint Context QueryParamTypes "
            "StreamModeSDK=StreamMode ThreadState",
        },
    )
