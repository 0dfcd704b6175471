"""The shape of questions to a human and of the answers, by convention of older agents."""

# Annotations are evaluated: typed dicts are read by others.

from typing import Any, Dict, Optional, Type, TypeVar, Union

from typing_extensions import Literal, TypedDict, deprecated

from langgraph_rust._internal._compat import name_as_upstream
from langgraph_rust.warnings import LangGraphDeprecatedSinceV10

T = TypeVar("T", bound=Type[Any])


def _moved(cls: T) -> T:
    name, home = cls.__name__, "langchain.agents.interrupt"
    return deprecated(
        f"{name} has been moved to `{home}`. "
        f"Please update your import to `from {home} import {name}`.",
        category=LangGraphDeprecatedSinceV10,
    )(cls)


@_moved
class HumanInterruptConfig(TypedDict):
    """What the human may do.

    Attributes:
        allow_ignore: Skip the action.
        allow_respond: Answer with text.
        allow_edit: Change the action.
        allow_accept: Let it happen.
    """

    allow_ignore: bool
    allow_respond: bool
    allow_edit: bool
    allow_accept: bool


@_moved
class ActionRequest(TypedDict):
    """An action that waits for the human.

    Attributes:
        action: Its name.
        args: Its arguments.
    """

    action: str
    args: Dict[Any, Any]


@_moved
class HumanInterrupt(TypedDict):
    """A question to the human, to be passed to `interrupt`.

    Attributes:
        action_request: The action in question.
        config: What the human may do about it.
        description: The question in words.
    """

    action_request: ActionRequest
    config: HumanInterruptConfig
    description: Optional[str]


class HumanResponse(TypedDict):
    """The human's answer.

    Attributes:
        type: What the human did.
        args: Nothing for `accept` and `ignore`, a text for `response`, the changed
            action for `edit`.
    """

    type: Literal["accept", "ignore", "response", "edit"]
    args: Union[None, str, ActionRequest]


name_as_upstream(globals(), "prebuilt.interrupt")
