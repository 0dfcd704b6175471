"""Reads and resumes the threads of a recorded database; prints what came of it, as JSON.

usage: read_threads.py FILE.sql

Imports `langgraph`: `record_threads.py` runs it on LangGraph's current release for what is expected,
`python -m langgraph_rust` runs it on this package.
"""

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any, Dict

from langgraph.checkpoint.sqlite import SqliteSaver
from thread_program import Program


def shown(value: Any) -> Any:
    """A value as JSON has it, with the class of what JSON has no form for."""
    if isinstance(value, dict):
        return {str(key): shown(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shown(entry) for entry in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if hasattr(value, "content"):
        fields = value.model_dump(exclude_defaults=True)
        return {"class": type(value).__name__, **shown(fields)}
    return {"class": type(value).__name__, "repr": repr(value)}


def read(name: str, program: Program, graph: Any) -> Dict[str, Any]:
    """What a user sees of a thread, and what comes of it when it goes on."""
    config = {"configurable": {"thread_id": name}}
    state = graph.get_state(config, subgraphs=True)
    tasks = [
        {
            "name": task.name,
            "id": task.id,
            "error": task.error,
            "interrupts": [shown(interrupt.value) for interrupt in task.interrupts],
            "next inside": list(getattr(task.state, "next", ())),
        }
        for task in state.tasks
    ]
    history = [
        {
            "id": past.config["configurable"]["checkpoint_id"],
            "step": past.metadata["step"],
            "next": list(past.next),
            "tasks": [task.name for task in past.tasks],
            "values": shown(past.values),
        }
        for past in graph.get_state_history(config)
    ]
    result = graph.invoke(None, history_config(history, name)) if name == "finished" else None
    return {
        "next": list(state.next),
        "tasks": tasks,
        "history": history,
        "replayed": shown(result),
        "finished": shown(program.finish(name, graph)),
        "checkpoints at the end": len(list(graph.get_state_history(config))),
    }


def history_config(history: Any, name: str) -> Any:
    """The config of the checkpoint before the second node, to run from again."""
    (past,) = [entry for entry in history if entry["next"] == ["second"]]
    return {"configurable": {"thread_id": name, "checkpoint_id": past["id"]}}


connection = sqlite3.connect(":memory:", check_same_thread=False)
connection.executescript(Path(sys.argv[1]).read_text(encoding="utf-8"))
known = {thread for (thread,) in connection.execute("SELECT DISTINCT thread_id FROM checkpoints")}
program = Program(SqliteSaver(connection))
found = {
    name: read(name, program, graph) for name, graph in program.graphs().items() if name in known
}
json.dump(found, sys.stdout, indent=1, ensure_ascii=False, sort_keys=True)
print()
