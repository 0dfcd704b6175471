//! Every Python name that the engine uses, on one page. Each is looked up at first use.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

/// A name of a Python module, imported when first needed.
pub struct Lazy {
    module: &'static str,
    name: &'static str,
    object: PyOnceLock<Py<PyAny>>,
}

impl Lazy {
    const fn new(module: &'static str, name: &'static str) -> Self {
        Lazy { module, name, object: PyOnceLock::new() }
    }

    pub fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let object =
            self.object.get_or_try_init(py, || Ok::<_, PyErr>(py.import(self.module)?.getattr(self.name)?.unbind()))?;
        Ok(object.bind(py))
    }

    /// Whether the object's type is exactly this class.
    pub fn is_type_of(&self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(object.get_type().is(self.get(object.py())?))
    }

    pub fn is_instance(&self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        object.is_instance(self.get(object.py())?)
    }

    /// Whether the object is of this class, or of one with its public path: a saver of another
    /// distribution makes instances of LangGraph's own classes.
    pub fn is_or_resembles(&self, object: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = object.py();
        let (ours, theirs) = (self.get(py)?, object.get_type());
        let same = |name: &Bound<'_, PyString>| ours.getattr(name)?.eq(theirs.getattr(name)?);
        Ok(self.is_instance(object)? || same(intern!(py, "__qualname__"))? && same(intern!(py, "__module__"))?)
    }
}

macro_rules! lazy {
    ($($id:ident = $module:literal . $name:literal;)*) => {
        $(pub static $id: Lazy = Lazy::new($module, $name);)*
    };
}

lazy! {
    SEND = "langgraph_rust.types"."Send";
    COMMAND = "langgraph_rust.types"."Command";
    OVERWRITE = "langgraph_rust.types"."Overwrite";
    EXECUTABLE_TASK = "langgraph_rust.types"."PregelExecutableTask";
    PREGEL_TASK = "langgraph_rust.types"."PregelTask";
    STATE_VALUES = "langgraph_rust.pregel._messages"."_state_values";
    GIVE_ID = "langgraph_rust._langchain.messages"."give_id";
    BASE_MESSAGE = "langchain_core.messages.base"."BaseMessage";
    SEQUENCE = "collections.abc"."Sequence";
    STATE_SNAPSHOT = "langgraph_rust.types"."StateSnapshot";

    BASE_CHANNEL = "langgraph_rust.channels.base"."BaseChannel";
    LAST_VALUE = "langgraph_rust.channels.last_value"."LastValue";
    LAST_VALUE_AFTER_FINISH = "langgraph_rust.channels.last_value"."LastValueAfterFinish";
    ANY_VALUE = "langgraph_rust.channels.any_value"."AnyValue";
    EPHEMERAL_VALUE = "langgraph_rust.channels.ephemeral_value"."EphemeralValue";
    UNTRACKED_VALUE = "langgraph_rust.channels.untracked_value"."UntrackedValue";
    TOPIC = "langgraph_rust.channels.topic"."Topic";
    REDUCING = "langgraph_rust.channels.binop"."BinaryOperatorAggregate";
    BARRIER = "langgraph_rust.channels.named_barrier_value"."NamedBarrierValue";
    BARRIER_AFTER_FINISH = "langgraph_rust.channels.named_barrier_value"."NamedBarrierValueAfterFinish";
    DELTA = "langgraph_rust.channels.delta"."DeltaChannel";

    DELTA_SNAPSHOT = "langgraph_rust.checkpoint.serde.types"."_DeltaSnapshot";

    MISSING = "langgraph_rust._internal._typing"."MISSING";

    EMPTY_CHANNEL_ERROR = "langgraph_rust.errors"."EmptyChannelError";
    INVALID_UPDATE_ERROR = "langgraph_rust.errors"."InvalidUpdateError";
    EMPTY_INPUT_ERROR = "langgraph_rust.errors"."EmptyInputError";
    RECURSION_ERROR = "langgraph_rust.errors"."GraphRecursionError";
    GRAPH_DRAINED = "langgraph_rust.errors"."GraphDrained";
    GRAPH_INTERRUPT = "langgraph_rust.errors"."GraphInterrupt";
    GRAPH_BUBBLE_UP = "langgraph_rust.errors"."GraphBubbleUp";
    PARENT_COMMAND = "langgraph_rust.errors"."ParentCommand";
    NODE_CANCELLED_ERROR = "langgraph_rust.errors"."NodeCancelledError";
    NODE_ERROR = "langgraph_rust.errors"."NodeError";
    IS_INVALID_RESUME = "langgraph_rust.errors"."is_invalid_resume";
    ERROR_CODE = "langgraph_rust.errors"."ErrorCode";
    ERROR_MESSAGE = "langgraph_rust.errors"."create_error_message";

    EXECUTION_INFO = "langgraph_rust.runtime"."ExecutionInfo";
    RUN_CONTROL = "langgraph_rust.runtime"."RunControl";
    DEFAULT_RUNTIME = "langgraph_rust.runtime"."DEFAULT_RUNTIME";

    CONFIG_VAR = "langgraph_rust._langchain.context"."CONFIG_VAR";
    DEFAULT_RECURSION_LIMIT = "langgraph_rust._internal._config"."DEFAULT_RECURSION_LIMIT";
    MERGE_CONFIGS = "langgraph_rust._internal._config"."merge_configs";
    NESTED_CONFIG = "langgraph_rust.pregel._open"."nested_config";
    CALLER_CONFIG = "langgraph_rust.pregel._open"."caller_config";
    AINVOKE_NESTED = "langgraph_rust.pregel._drive"."ainvoke_nested";
    AMBIENT_HANDLERS = "langgraph_rust._langchain.surroundings"."ambient_handlers";
    PREGEL = "langgraph_rust.pregel.main"."Pregel";
    PREGEL_INVOKE = "langgraph_rust.pregel._runs"."invoke";
    PREGEL_AINVOKE = "langgraph_rust.pregel._runs"."ainvoke";
    PREGEL_STREAM = "langgraph_rust.pregel._runs"."stream";
    PREGEL_ASTREAM = "langgraph_rust.pregel._runs"."astream";
    RUNNABLE_CALLABLE = "langgraph_rust._internal._runnable"."RunnableCallable";

    CHANNEL_WRITE = "langgraph_rust.pregel._write"."ChannelWrite";
    WRITE_ENTRY = "langgraph_rust.pregel._write"."ChannelWriteEntry";
    PASSTHROUGH = "langgraph_rust.pregel._write"."PASSTHROUGH";
    SKIP_WRITE = "langgraph_rust.pregel._write"."SKIP_WRITE";
    DEFAULT_BOUND = "langgraph_rust.pregel._read"."DEFAULT_BOUND";

    STATE_UPDATES = "langgraph_rust.graph._write"."StateUpdates";
    ROOT_UPDATES = "langgraph_rust.graph._write"."RootUpdates";
    CONTROL_BRANCH = "langgraph_rust.graph._write"."ControlBranch";
    BRANCH_WRITER = "langgraph_rust.graph._write"."BranchWriter";
    BRANCH_WRITES = "langgraph_rust.graph._write"."BranchWrites";
    STATE_READER = "langgraph_rust.graph._write"."StateReader";

    CHECKPOINT_METADATA = "langgraph_rust.checkpoint.base"."get_checkpoint_metadata";
    EMPTY_CHECKPOINT = "langgraph_rust.pregel._loaded"."empty_checkpoint";
    TASK_STATUSES = "langgraph_rust.pregel._task_status"."read_task_statuses";
    RUNNABLE_FOR_CALL = "langgraph_rust.pregel._call"."get_runnable_for_task";
    REPLAY_STATE = "langgraph_rust._internal._replay"."ReplayState";

    DEBUG_TASKS = "langgraph_rust.pregel.debug"."map_debug_tasks";
    DEBUG_TASK_RESULTS = "langgraph_rust.pregel.debug"."map_debug_task_results";
    DEBUG_CHECKPOINT = "langgraph_rust.pregel.debug"."map_debug_checkpoint";

}

/// A function of `langgraph_rust.pregel._support`: the Python half of what the engine cannot say in Rust.
pub fn support<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("langgraph_rust.pregel._support")?.getattr(name)
}
