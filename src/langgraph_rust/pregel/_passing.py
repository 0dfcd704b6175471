"""Names that LangGraph's module `pregel.main` happens to hold too, by the module they live in."""

PASSING = {
    "langchain_core.runnables.base": "Input Output",
    "langchain_core.runnables.schema": "StreamEvent",
    "langgraph_rust._internal._config": "ensure_config patch_checkpoint_map patch_config "
    "recast_checkpoint_ns",
    "langgraph_rust._internal._constants": "CACHE_NS_WRITES CONFIG_KEY_CHECKPOINT_ID "
    "CONFIG_KEY_NODE_FINISHED CONFIG_KEY_READ CONFIG_KEY_RUNNER_SUBMIT CONFIG_KEY_SEND "
    "CONFIG_KEY_STREAM CONFIG_KEY_STREAM_MESSAGES_V2 CONFIG_KEY_TASK_ID "
    "CONFIG_KEY_THREAD_ID INPUT INTERRUPT NULL_TASK_ID PUSH",
    "langgraph_rust._internal._pydantic": "create_model",
    "langgraph_rust._internal._queue": "AsyncQueue SyncQueue",
    "langgraph_rust._internal._runnable": "RunnableLike RunnableSeq coerce_to_runnable",
    "langgraph_rust._internal._timeout": "coerce_timeout_policy",
    "langgraph_rust._internal._typing": "DeprecatedKwargs",
    "langgraph_rust.cache.base": "BaseCache",
    "langgraph_rust.callbacks": "GraphInterruptEvent GraphResumeEvent "
    "get_async_graph_callback_manager_for_config "
    "get_sync_graph_callback_manager_for_config",
    "langgraph_rust.channels.delta": "DeltaChannel",
    "langgraph_rust.checkpoint.base": "BaseCheckpointSaver ChannelVersions Checkpoint "
    "CheckpointTuple",
    "langgraph_rust.config": "get_config",
    "langgraph_rust.constants": "END",
    "langgraph_rust.errors": "ErrorCode GraphDrained GraphRecursionError InvalidUpdateError "
    "create_error_message",
    "langgraph_rust.managed.base": "ManagedValueSpec",
    "langgraph_rust.pregel._algo": "PregelTaskWrites apply_writes prepare_next_tasks task_path_str",
    "langgraph_rust.pregel._call": "identifier",
    "langgraph_rust.pregel._checkpoint": "achannels_from_checkpoint acheckpoint_superseded "
    "channels_from_checkpoint checkpoint_superseded copy_checkpoint "
    "create_checkpoint_plan_for_update_state_api delta_channels_overwritten "
    "delta_channels_with_pending_writes empty_checkpoint get_updated_channels_from_tasks "
    "put_writes_accepts_task_path versions_seen_without_bumps",
    "langgraph_rust.pregel._draw": "draw_graph",
    "langgraph_rust.pregel._io": "map_input read_channels",
    "langgraph_rust.pregel._loop": "AsyncPregelLoop SyncPregelLoop",
    "langgraph_rust.pregel._messages": "StreamMessagesHandler StreamMessagesHandlerV2 "
    "ensure_message_ids",
    "langgraph_rust.pregel._read": "DEFAULT_BOUND",
    "langgraph_rust.pregel._runner": "PregelRunner",
    "langgraph_rust.pregel._task_status": "read_task_statuses",
    "langgraph_rust.pregel._tools": "StreamToolCallHandler",
    "langgraph_rust.pregel._utils": "get_new_channel_versions",
    "langgraph_rust.pregel._write": "ChannelWrite ChannelWriteEntry",
    "langgraph_rust.pregel.debug": "get_bolded_text get_colored_text tasks_w_writes",
    "langgraph_rust.pregel.protocol": "StreamChunk StreamProtocol",
    "langgraph_rust.runtime": "BaseUser DEFAULT_RUNTIME RunControl Runtime ServerInfo",
    "langgraph_rust.store.base": "BaseStore",
    "langgraph_rust.stream._mux": "StreamMux",
    "langgraph_rust.stream._open": "_collect_stream_modes "
    "_normalize_stream_transformer_factories _reject_v3_invariant_kwargs "
    "_resolve_parent_ns",
    "langgraph_rust.stream._types": "StreamTransformer",
    "langgraph_rust.stream.run_stream": "AsyncGraphRunStream GraphRunStream",
    "langgraph_rust.stream.transformers": "LifecycleTransformer MessagesTransformer "
    "SubgraphTransformer ValuesTransformer",
    "langgraph_rust.types": "All CachePolicy Checkpointer Command Durability GraphOutput "
    "Interrupt StateSnapshot StateUpdate StreamMode StreamPart TimeoutPolicy",
}
