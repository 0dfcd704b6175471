"""The reserved names: keys of writes, of ``config["configurable"]``, and parts of namespaces.

They are stored in checkpoints and read by savers, so each is the string LangGraph uses.
Imported by the whole package and by LangGraph's tests. All are interned: they are compared on
every write.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Literal

# Channels of writes that are not state.
INPUT = intern("__input__")  # the input of a run
INTERRUPT = intern("__interrupt__")  # what interrupt() asked
RESUME = intern("__resume__")  # the answers to it
ERROR = intern("__error__")  # what a node raised
ERROR_SOURCE_NODE = intern("__error_source_node__")  # the failed node that a handler stands in for
NO_WRITES = intern("__no_writes__")  # the task ended and wrote nothing
TASKS = intern("__pregel_tasks")  # Send packets
ROOT = intern("__root__")  # the channel of a state that is no mapping
RETURN = intern("__return__")  # the result of a call
PREVIOUS = intern("__previous__")  # what an entrypoint keeps for its next run
SNAPSHOT_BUMPS = intern(
    "__snapshot_bumps__"
)  # key in versions_seen: bumps that were snapshots only

# Namespace of the cache.
CACHE_NS_WRITES = intern("__pregel_ns_writes")

# Keys of config["configurable"]. What a task may call:
CONFIG_KEY_SEND = intern("__pregel_send")  # write(writes)
CONFIG_KEY_READ = intern("__pregel_read")  # read(select, fresh)
CONFIG_KEY_CALL = intern("__pregel_call")  # call(func, input, ...) -> future
CONFIG_KEY_RUNNER_SUBMIT = intern("__pregel_runner_submit")  # run a task elsewhere
CONFIG_KEY_NODE_FINISHED = intern("__pregel_node_finished")  # told when a node ends
CONFIG_KEY_TIMED_ATTEMPT_OBSERVER = intern(
    "__pregel_timed_attempt_observer"
)  # told of timed attempts
# What a subgraph inherits:
CONFIG_KEY_CHECKPOINTER = intern("__pregel_checkpointer")
CONFIG_KEY_STREAM = intern("__pregel_stream")
CONFIG_KEY_CACHE = intern("__pregel_cache")
CONFIG_KEY_RUNTIME = intern("__pregel_runtime")
CONFIG_KEY_DURABILITY = intern("__pregel_durability")
CONFIG_KEY_RESUMING = intern("__pregel_resuming")
CONFIG_KEY_REPLAY_STATE = intern("__pregel_replay_state")
CONFIG_KEY_RESUME_MAP = intern("__pregel_resume_map")
CONFIG_KEY_STRICT_RESUME = intern("__pregel_strict_resume")
CONFIG_KEY_STREAM_MESSAGES_V2 = intern("__pregel_stream_messages_v2")
# What belongs to one task:
CONFIG_KEY_TASK_ID = intern("__pregel_task_id")
CONFIG_KEY_SCRATCHPAD = intern("__pregel_scratchpad")
CONFIG_KEY_NODE_ERROR = intern("__pregel_node_error")  # the NodeError an error handler is run for
# Which checkpoint is meant:
CONFIG_KEY_THREAD_ID = intern("thread_id")
CONFIG_KEY_CHECKPOINT_MAP = intern("checkpoint_map")  # namespace -> checkpoint id, of the parents
CONFIG_KEY_CHECKPOINT_ID = intern("checkpoint_id")
CONFIG_KEY_CHECKPOINT_NS = intern("checkpoint_ns")  # "" is the root graph

_CHECKPOINT_COORDINATE_KEYS = (
    CONFIG_KEY_THREAD_ID,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_MAP,
)

PUSH = intern("__pregel_push")  # first part of the path of a task made by data
PULL = intern("__pregel_pull")  # first part of the path of a task made by a trigger
NS_SEP = intern("|")  # between the levels of a namespace
NS_END = intern(":")  # between node name and task id within a level
CONF: Literal["configurable"] = intern("configurable")  # type: ignore[assignment]
NULL_TASK_ID = intern("00000000-0000-0000-0000-000000000000")  # owner of writes that no task made
OVERWRITE = intern("__overwrite__")  # {"__overwrite__": value} is an Overwrite as plain data

_TAG_HIDDEN = intern("langsmith:hidden")

# No node or channel may be called so.
RESERVED = {
    _TAG_HIDDEN,
    INPUT,
    INTERRUPT,
    RESUME,
    ERROR,
    ERROR_SOURCE_NODE,
    NO_WRITES,
    SNAPSHOT_BUMPS,
    CONFIG_KEY_SEND,
    CONFIG_KEY_READ,
    CONFIG_KEY_CHECKPOINTER,
    CONFIG_KEY_STREAM,
    CONFIG_KEY_RESUMING,
    CONFIG_KEY_REPLAY_STATE,
    CONFIG_KEY_TASK_ID,
    CONFIG_KEY_CHECKPOINT_MAP,
    CONFIG_KEY_CHECKPOINT_ID,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_TIMED_ATTEMPT_OBSERVER,
    CONFIG_KEY_RESUME_MAP,
    CONFIG_KEY_STRICT_RESUME,
    CONFIG_KEY_STREAM_MESSAGES_V2,
    PUSH,
    PULL,
    NS_SEP,
    NS_END,
    CONF,
}
