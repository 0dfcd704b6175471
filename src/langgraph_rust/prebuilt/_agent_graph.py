"""The nodes of an agent and the edges between them."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from typing_extensions import get_type_hints

from langgraph_rust._internal._runnable import RunnableCallable
from langgraph_rust.constants import END
from langgraph_rust.graph.state import StateGraph
from langgraph_rust.prebuilt._agent_model import AgentModel
from langgraph_rust.prebuilt._agent_nodes import AgentNodes
from langgraph_rust.prebuilt._agent_state import (
    AgentState,
    AgentStateWithStructuredResponse,
    is_pydantic,
    with_model_input,
)
from langgraph_rust.prebuilt.tool_node import ToolNode


def lay_out_agent(
    model: Any,
    tools: Any,
    prompt: Any,
    *,
    response_format: Any,
    pre_model_hook: Any,
    post_model_hook: Any,
    state_schema: Any,
    context_schema: Any,
    sends_calls: bool,
    name: Optional[str],
) -> Any:
    """Make the graph of an agent, not compiled yet; see `create_react_agent`."""
    schema = _choose_schema(state_schema, response_format is not None)
    builtin: List[Dict[str, Any]] = []
    if not isinstance(tools, ToolNode):
        builtin = [tool for tool in tools if isinstance(tool, dict)]
        tools = ToolNode([tool for tool in tools if not isinstance(tool, dict)])
    own = list(tools.tools_by_name.values())
    nodes = AgentNodes(
        model=AgentModel(model, prompt, own, builtin),
        name=name,
        entrypoint="agent" if pre_model_hook is None else "pre_model_hook",
        return_direct={tool.name for tool in own if tool.return_direct},
        has_pre_hook=pre_model_hook is not None,
        has_post_hook=post_model_hook is not None,
        has_model_state=is_pydantic(schema),
        response_format=response_format,
        sends_calls=sends_calls,
    )
    workflow: Any = StateGraph(state_schema=schema, context_schema=context_schema)
    _add_nodes(workflow, nodes, schema, tools if own else None, pre_model_hook)
    if post_model_hook is not None:
        workflow.add_node("post_model_hook", post_model_hook)
        workflow.add_edge("agent", "post_model_hook")
    if response_format is not None:
        generate = RunnableCallable(
            nodes.generate_structured_response, nodes.agenerate_structured_response
        )
        workflow.add_node("generate_structured_response", generate)
    if own:
        _connect_tools(workflow, nodes)
    elif response_format is not None:
        last = "agent" if post_model_hook is None else "post_model_hook"
        workflow.add_edge(last, "generate_structured_response")
    return workflow


def _choose_schema(given: Any, has_response: bool) -> Any:
    """The state schema: the given one, if it has the keys an agent needs, or ours."""
    if given is None:
        return AgentStateWithStructuredResponse if has_response else AgentState
    required = {"messages", "remaining_steps"}
    if has_response:
        required.add("structured_response")
    missing = required - set(get_type_hints(given))
    if missing:
        raise ValueError(f"Missing required key(s) {missing} in state_schema")
    return given


def _add_nodes(
    workflow: Any,
    nodes: AgentNodes,
    schema: Any,
    tools: Optional[ToolNode],
    pre_model_hook: Any,
) -> None:
    workflow.add_node(
        "agent",
        RunnableCallable(nodes.call_model, nodes.acall_model),
        input_schema=with_model_input(schema) if nodes.has_pre_hook else schema,
    )
    if tools is not None:
        workflow.add_node("tools", tools)
    if nodes.has_pre_hook:
        workflow.add_node("pre_model_hook", pre_model_hook)
        workflow.add_edge("pre_model_hook", "agent")
    workflow.set_entry_point(nodes.entrypoint)


def _connect_tools(workflow: Any, nodes: AgentNodes) -> None:
    """Close the loop between the model, the hook after it, and the tools."""
    ending = nodes._ending()
    if nodes.has_post_hook:
        agent_paths = ["post_model_hook"]
        workflow.add_conditional_edges(
            "post_model_hook",
            nodes.post_model_hook_router,
            path_map=[nodes.entrypoint, "tools", ending],
        )
    else:
        agent_paths = ["tools", ending]
    workflow.add_conditional_edges("agent", nodes.should_continue, path_map=agent_paths)
    if nodes.return_direct:
        workflow.add_conditional_edges(
            "tools", nodes.route_tool_responses, path_map=[nodes.entrypoint, END]
        )
    else:
        workflow.add_edge("tools", nodes.entrypoint)
