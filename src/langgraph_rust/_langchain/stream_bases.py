"""langchain's marker classes for handlers that stream; plain classes where it lacks them."""

from __future__ import annotations

from typing import Any

try:
    from langchain_core.tracers import _streaming
except ImportError:
    _streaming = None


class _Absent:
    """Base in place of a marker that the installed langchain-core does not have."""


class _AbsentV2:
    """See `_Absent`: two of them may be bases of one class."""


StreamingHandlerBase: Any = getattr(_streaming, "_StreamingCallbackHandler", _Absent)
V2StreamingHandlerBase: Any = getattr(_streaming, "_V2StreamingCallbackHandler", _AbsentV2)
