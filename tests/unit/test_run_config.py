"""Configs: completed, merged, patched; nothing that is given is changed."""

from __future__ import annotations

import copy
import pickle

import pytest

from langgraph_rust._internal._config import (
    DEFAULT_RECURSION_LIMIT,
    _merge_callbacks,
    ensure_config,
    filter_to_user_tags,
    merge_configs,
    patch_checkpoint_map,
    patch_config,
    patch_configurable,
    recast_checkpoint_ns,
)
from langgraph_rust._langchain.context import set_config_context


def ensured_inside(running, *configs):
    with set_config_context(running) as context:
        return context.run(ensure_config, *configs)


def test_an_empty_config_is_completed():
    assert ensure_config() == {
        "tags": [],
        "metadata": {},
        "callbacks": None,
        "recursion_limit": DEFAULT_RECURSION_LIMIT,
        "configurable": {},
    }


def test_later_configs_add_and_win():
    first = {"tags": ["a"], "metadata": {"x": 1, "y": {"z": 1}}, "configurable": {"k": 1}}
    second = {"tags": ["b"], "metadata": {"x": 2}, "configurable": {"l": 2}, "run_name": "n"}
    before = copy.deepcopy((first, second))
    made = ensure_config(first, None, second)
    made["metadata"]["y"]["z"] = 0
    made["configurable"]["k"] = made["tags"][:] = ()
    assert (first, second) == before
    assert ensure_config(first, second)["tags"] == ["a", "b"]
    assert ensure_config(first, second)["metadata"] == {"x": 2, "y": {"z": 1}}
    assert ensure_config(first, second)["configurable"] == {"k": 1, "l": 2}
    assert ensure_config(first, second)["run_name"] == "n"


def test_empty_values_change_nothing():
    empty = {"tags": [], "metadata": {}, "callbacks": None, "configurable": {}, "run_name": None}
    assert ensure_config({"tags": ["a"], "run_name": "n"}, empty) == ensure_config(
        {"tags": ["a"], "run_name": "n"}
    )


def test_unknown_keys_become_configurable_values():
    assert ensure_config({"user": 1, "configurable": {"k": 2}})["configurable"] == {
        "k": 2,
        "user": 1,
    }


def test_ids_are_repeated_in_the_metadata_unless_they_are_there():
    made = ensure_config(
        {"configurable": {"thread_id": "t", "run_id": "r", "key": 1}, "metadata": {"run_id": "x"}}
    )
    assert made["metadata"] == {"thread_id": "t", "run_id": "x"}


def test_the_running_config_is_inherited_by_copy():
    running = {"tags": ["a"], "metadata": {"m": 1}, "configurable": {"k": 1}, "recursion_limit": 3}
    made = ensured_inside(running, {"tags": ["a", "b"]})
    assert made["tags"] == ["a", "b"]
    assert (made["configurable"], made["recursion_limit"]) == ({"k": 1}, 3)
    made["tags"].append("c")
    made["metadata"]["m"] = made["configurable"]["k"] = 2
    assert running["tags"] == ["a"] and running["metadata"] == {"m": 1}
    assert running["configurable"] == {"k": 1}


@pytest.mark.parametrize("key", ["thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map"])
def test_a_caller_with_its_own_checkpoint_inherits_no_configurable_values(key):
    running = {"tags": ["a"], "configurable": {"thread_id": "t", "__pregel_read": len}}
    made = ensured_inside(running, {"configurable": {"k": 1}}, {"configurable": {key: "own"}})
    assert made["configurable"] == {"k": 1, key: "own"}
    assert made["tags"] == ["a"]
    assert "__pregel_read" in ensured_inside(running, {"configurable": {"k": 1}})["configurable"]


def test_merging_joins_and_ignores_what_is_empty():
    merged = merge_configs(
        {"tags": ["a"], "metadata": {"x": 1, "lc_versions": {"p": 1}}, "configurable": {"k": 1}},
        None,
        {"tags": ["b"], "metadata": {"lc_versions": {"q": 2}}, "configurable": {}, "run_name": ""},
    )
    assert merged == {
        "tags": ["a", "b"],
        "metadata": {"x": 1, "lc_versions": {"p": 1, "q": 2}},
        "configurable": {"k": 1},
    }
    assert merge_configs() == {"configurable": {}}


def test_the_default_recursion_limit_never_replaces_a_chosen_one():
    default = {"recursion_limit": DEFAULT_RECURSION_LIMIT}
    chosen = {"recursion_limit": int(DEFAULT_RECURSION_LIMIT)}
    assert merge_configs({"recursion_limit": 5}, default)["recursion_limit"] == 5
    assert (
        merge_configs({"recursion_limit": 5}, chosen)["recursion_limit"]
        == chosen["recursion_limit"]
    )
    assert "recursion_limit" not in merge_configs(default)


def test_the_default_recursion_limit_stays_one_when_pickled():
    made = pickle.loads(pickle.dumps({"recursion_limit": DEFAULT_RECURSION_LIMIT}))
    assert "recursion_limit" not in merge_configs(made)


def test_new_callbacks_take_name_and_id_of_the_run_away():
    config = {"run_name": "n", "run_id": "r", "configurable": {"k": 1}}
    assert patch_config(config, callbacks=[]) == {"configurable": {"k": 1}, "callbacks": []}
    assert patch_config(config, configurable={"l": 2})["configurable"] == {"k": 1, "l": 2}
    assert patch_config(None, run_name="m", recursion_limit=1, max_concurrency=2) == {
        "run_name": "m",
        "recursion_limit": 1,
        "max_concurrency": 2,
    }
    assert config == {"run_name": "n", "run_id": "r", "configurable": {"k": 1}}


def test_patching_configurable_values():
    assert patch_configurable(None, {"k": 1}) == {"configurable": {"k": 1}}
    assert patch_configurable({"tags": []}, {"k": 1}) == {"tags": [], "configurable": {"k": 1}}
    assert patch_configurable({"configurable": {"k": 1, "l": 1}}, {"k": 2}) == {
        "configurable": {"k": 2, "l": 1}
    }


def test_the_checkpoint_map_names_parents_and_self():
    config = {"configurable": {"checkpoint_ns": "a:1", "checkpoint_id": "c"}}
    patched = patch_checkpoint_map(config, {"parents": {"": "p"}})
    assert patched["configurable"]["checkpoint_map"] == {"": "p", "a:1": "c"}
    assert patch_checkpoint_map(config, {"parents": {}}) is config
    assert patch_checkpoint_map(None, {"parents": {"": "p"}}) is None


def test_a_namespace_without_task_ids():
    assert recast_checkpoint_ns("a:1|2|b:3:4") == "a|b"
    assert recast_checkpoint_ns("") == ""


def test_step_tags_are_no_user_tags():
    assert filter_to_user_tags(["seq:step:1", "a"]) == ["a"]
    assert filter_to_user_tags(["seq:step:1"]) is filter_to_user_tags(None) is None


def test_callbacks_of_unknown_types_are_refused():
    with pytest.raises(NotImplementedError, match="Unsupported callback types"):
        _merge_callbacks(1, [])


def test_handlers_and_managers_are_joined_without_changing_either():
    manager = pytest.importorskip("langchain_core.callbacks.manager")
    base = pytest.importorskip("langchain_core.callbacks.base")
    one, two = base.BaseCallbackHandler(), base.BaseCallbackHandler()
    held = manager.CallbackManager([one], inheritable_handlers=[one])
    for merged in (_merge_callbacks(held, [two]), _merge_callbacks([two], held)):
        assert merged.handlers == merged.inheritable_handlers == [one, two]
    both = _merge_callbacks(held, manager.CallbackManager([two]))
    assert set(both.handlers) == {one, two}
    assert held.handlers == [one]
    copied = _merge_callbacks(None, held)
    assert copied is not held and copied.handlers == [one]
