"""What needs a distribution that is not there says which, and since which Python there is one."""

from __future__ import annotations

import sys

import pytest

WHERE = ", which exists for Python 3.10 and later" if sys.version_info < (3, 10) else ""


def test_remote_graphs_need_the_sdk(monkeypatch):
    from langgraph_rust.pregel.remote import RemoteGraph

    monkeypatch.setitem(sys.modules, "langgraph_sdk.client", None)
    with pytest.raises(ImportError) as caught:
        RemoteGraph("agent", url="http://localhost:1")
    assert f"RemoteGraph needs langgraph-sdk{WHERE} (" in str(caught.value)


def test_v3_streams_of_messages_need_a_langchain_core_that_has_them(monkeypatch):
    from langgraph_rust._langchain.chat_streams import open_chat_stream

    pytest.importorskip("langchain_core")
    monkeypatch.setitem(sys.modules, "langchain_core.language_models.chat_model_stream", None)
    with pytest.raises(ImportError) as caught:
        open_chat_stream(node="a", message_id=None, pump=None, apump=None)
    assert f"messages needs langchain-core 1.0{WHERE} (" in str(caught.value)
