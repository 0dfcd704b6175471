"""The schema of a state that is a list of messages; importing it imports langchain-core."""

# No postponed annotations: other modules read them, where these names are unknown.

from typing import List

from langchain_core.messages import AnyMessage
from typing_extensions import Annotated, TypedDict

from langgraph_rust._internal._home import settle
from langgraph_rust.graph._merge import add_messages


# Without a docstring: it would be the description in graphs' JSON schemas, where there is none.
class MessagesState(TypedDict):
    messages: Annotated[List[AnyMessage], add_messages]


settle("langgraph.graph.message", MessagesState)
