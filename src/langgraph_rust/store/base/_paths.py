"""Paths into a value, and the texts found there.

A path is a row of steps: `a.b` a key in a key, `a[0]` or `a[-1]` an element, `a[*]` every
element, `*` every value, `{a,b.c}` several keys at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph_rust._internal._home import settle

_CLOSING = {"[": "]", "{": "}"}


def tokenize_path(path: str) -> list[str]:
    """Split a path into its steps; one in brackets keeps them."""
    tokens: list[str] = []
    word, at = "", 0
    while at < len(path):
        char = path[at]
        if char in _CLOSING:
            if word:
                tokens.append(word)
            word, end = "", _find_end(path, at)
            tokens.append(path[at:end])
            at = end
            continue
        if char != ".":
            word += char
        elif word:
            tokens.append(word)
            word = ""
        at += 1
    if word:
        tokens.append(word)
    return tokens


def _find_end(path: str, start: int) -> int:
    """The index behind the bracket that closes the one at `start`, or the end of the path."""
    opening, closing = path[start], _CLOSING[path[start]]
    depth = 0
    for at in range(start, len(path)):
        depth += (path[at] == opening) - (path[at] == closing)
        if not depth:
            return at + 1
    return len(path)


def get_text_at_path(obj: Any, path: str | list[str]) -> list[str]:
    """Return the texts at a path: plain values as text, lists and dicts as JSON with sorted keys.

    Args:
        obj: Where to look.
        path: The path, or its steps; `"$"` or nothing for the whole object.
    """
    if isinstance(obj, Mapping) and not isinstance(obj, dict):
        obj = dict(obj)
    if not path or path == "$":
        return [_to_json(obj)]
    tokens = tokenize_path(path) if isinstance(path, str) else path
    found = [obj]
    for token in tokens:
        found = [deeper for value in found for deeper in _take_step(value, token)]
        if not found:
            break
    return [text for value in found for text in _to_texts(value)]


def _take_step(obj: Any, token: str) -> list[Any]:
    """The values that one step leads to."""
    if isinstance(obj, _Texts):
        return [obj]
    if token.startswith("[") and token.endswith("]"):
        return _take_elements(obj, token[1:-1]) if isinstance(obj, list) else []
    if token.startswith("{") and token.endswith("}"):
        return [_Texts(obj, token[1:-1])] if isinstance(obj, dict) else []
    if token == "*":
        return list(obj.values()) if isinstance(obj, dict) else obj if isinstance(obj, list) else []
    return [obj[token]] if isinstance(obj, dict) and token in obj else []


def _take_elements(items: list[Any], index: str) -> list[Any]:
    if index == "*":
        return items
    try:
        return [items[int(index)]]
    except (ValueError, IndexError):
        return []


class _Texts:
    """What several keys at once lead to: texts, whatever steps may follow."""

    def __init__(self, obj: dict, names: str) -> None:
        self.texts: list[str] = []
        for name in names.split(","):
            tokens = tokenize_path(name.strip())
            value: Any = obj if tokens else None
            for token in tokens:
                value = value[token] if isinstance(value, dict) and token in value else None
            self.texts += _to_texts(value)


def _to_texts(value: Any) -> list[str]:
    if isinstance(value, _Texts):
        return value.texts
    if isinstance(value, (str, int, float)):
        return [str(value)]
    return [_to_json(value)] if isinstance(value, (list, dict)) else []


def _to_json(value: Any) -> str:
    import json

    return json.dumps(value, sort_keys=True, ensure_ascii=False)


settle("langgraph.store.base.embed", tokenize_path, get_text_at_path)
