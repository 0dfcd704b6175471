"""Which errors are retried when a `RetryPolicy` does not say."""

from __future__ import annotations

import sys
from typing import Any

# Errors of the program, or of the machine under it: trying again would give them again.
_LASTING = (
    ValueError,
    TypeError,
    ArithmeticError,
    ImportError,
    LookupError,
    NameError,
    SyntaxError,
    RuntimeError,
    ReferenceError,
    StopIteration,
    StopAsyncIteration,
    OSError,
)


def default_retry_on(exc: Exception) -> bool:
    """Whether an error may pass: lost connections, 5xx answers, and what is not known to last."""
    if isinstance(exc, ConnectionError):
        return True
    # Only a library that is loaded can have raised its error.
    httpx = sys.modules.get("httpx")
    if httpx is not None and isinstance(exc, httpx.HTTPStatusError):
        return _is_server_error(exc.response)
    requests = sys.modules.get("requests")
    if requests is not None and isinstance(exc, requests.HTTPError):
        # A response of requests is false when its status is an error.
        return _is_server_error(exc.response) if exc.response else True
    return not isinstance(exc, _LASTING)


def _is_server_error(response: Any) -> bool:
    return bool(500 <= response.status_code < 600)
