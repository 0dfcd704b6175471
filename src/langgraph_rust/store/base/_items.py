"""What a store holds and hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langgraph_rust._internal._home import pickled_at_home, settle

if TYPE_CHECKING:
    from datetime import datetime


@pickled_at_home
class NotProvided:
    """The class of `NOT_PROVIDED`: an argument was not given, and None means something else."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_PROVIDED = NotProvided()


def _read_time(moment: Any) -> datetime:
    if not isinstance(moment, str):
        return moment
    from datetime import datetime

    return datetime.fromisoformat(moment)


@pickled_at_home
class Item:
    """A value of a store.

    Args:
        value: The value: a dict that JSON can hold.
        key: Its name within the namespace.
        namespace: The path of the place it is in.
        created_at: When the key was first stored; may be ISO 8601 text.
        updated_at: When it was last stored; likewise.
    """

    __slots__ = ("value", "key", "namespace", "created_at", "updated_at")

    def __init__(
        self,
        *,
        value: dict[str, Any],
        key: str,
        namespace: tuple[str, ...],
        created_at: datetime,
        updated_at: datetime,
    ):
        self.value: dict[str, Any] = value
        self.key: str = key
        # JSON knows no tuples
        self.namespace: tuple[str, ...] = tuple(namespace)
        self.created_at: datetime = _read_time(created_at)
        self.updated_at: datetime = _read_time(updated_at)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Item):
            return False
        return all(getattr(self, name) == getattr(other, name) for name in Item.__slots__)

    def __hash__(self) -> int:
        return hash((self.namespace, self.key))

    def dict(self) -> dict:
        """Return the item as plain data: the namespace a list, the times text."""
        return {
            "namespace": list(self.namespace),
            "key": self.key,
            "value": self.value,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }

    def __repr__(self) -> str:
        return f"Item({', '.join(f'{name}={value!r}' for name, value in self.dict().items())})"


@pickled_at_home
class SearchItem(Item):
    """An item that a search found.

    Args:
        namespace: The path of the place it is in.
        key: Its name within the namespace.
        value: The value.
        created_at: When the key was first stored.
        updated_at: When it was last stored.
        score: How near it is to the query, greater is nearer; None if there was nothing to rank by.
    """

    __slots__ = ("score",)

    def __init__(
        self,
        namespace: tuple[str, ...],
        key: str,
        value: dict[str, Any],
        created_at: datetime,
        updated_at: datetime,
        score: float | None = None,
    ) -> None:
        super().__init__(
            value=value,
            key=key,
            namespace=namespace,
            created_at=created_at,
            updated_at=updated_at,
        )
        self.score = score

    def dict(self) -> dict:
        """Return the item as plain data, with its score."""
        return {**super().dict(), "score": self.score}


settle("langgraph.store.base", NotProvided, Item, SearchItem)
