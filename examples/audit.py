"""Audits the source of the installed Python standard library, with LangGraph.

One task for each file parses it and counts what a reviewer would question; reducers merge the
findings; a loop digs into the worst files; then the program asks whether to write the report.
Every step is checkpointed in an SQLite file. Kill it at any moment and start it again with the
same arguments: it goes on with the batch of files that it was at.

    python examples/audit.py                        # asks before it writes the report
    python examples/audit.py --yes --limit 50       # does not ask; a quick look

Needs langgraph and langgraph-checkpoint-sqlite.
"""

from __future__ import annotations

import argparse
import ast
import operator
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from langgraph import pregel
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt
from typing_extensions import Annotated, TypedDict

BATCH = 50
WORST_FILES = 12
LONG_FUNCTION = 80
MANY_ARGUMENTS = 8
DEEP_NESTING = 5

# What a finding of each rule adds to its file's score.
WEIGHTS = {
    "bare except": 5,
    "deep nesting": 3,
    "long function": 2,
    "many arguments": 1,
    "mutable default": 4,
    "no docstring": 1,
    "unfinished": 1,
}


class Score(TypedDict):
    """How questionable a file is."""

    path: str
    score: int
    lines: int


class Detail(TypedDict):
    """The most involved function of a file, by its number of branches."""

    path: str
    function: str
    line: int
    branches: int


def add_counts(left: Dict[str, int], right: Dict[str, int]) -> Dict[str, int]:
    """Merge the findings of two files: counts by rule."""
    return {rule: left.get(rule, 0) + right.get(rule, 0) for rule in {**left, **right}}


def keep_worst(left: List[Score], right: List[Score]) -> List[Score]:
    """Merge two rankings, keeping the worst. Whole in itself, whatever order files come in."""
    ranked = sorted(left + right, key=lambda file: (-file["score"], file["path"]))
    return ranked[:WORST_FILES]


class Audit(TypedDict, total=False):
    """The state of an audit."""

    root: str
    limit: int
    files: List[str]
    inspected: Annotated[int, operator.add]
    findings: Annotated[Dict[str, int], add_counts]
    lines: Annotated[int, operator.add]
    worst: Annotated[List[Score], keep_worst]
    details: Annotated[List[Detail], operator.add]
    approved: bool
    report: str


class File(TypedDict):
    """What one inspection is given."""

    root: str
    path: str


# The nodes.


def survey(state: Audit) -> Audit:
    """Find the files to inspect."""
    root = Path(state["root"])
    skipped = {"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__"}
    files = sorted(
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if not skipped & set(path.relative_to(root).parts)
    )
    chosen = files[: state["limit"] or None]
    get_stream_writer()({"total": len(chosen)})
    return {"files": chosen}


def fan_out(state: Audit) -> Union[List[Send], str]:
    """One inspection for each file of the next batch, all in one step; at last, go on."""
    done = state.get("inspected", 0)
    batch = state["files"][done : done + BATCH]
    sends = [Send("inspect", {"root": state["root"], "path": path}) for path in batch]
    return sends or choose_next(state)


def inspect(file: File) -> Audit:
    """Parse a file and count its findings."""
    source = (Path(file["root"]) / file["path"]).read_bytes()
    findings: Dict[str, int] = {}
    for rule in find_all(parse(source)):
        findings[rule] = findings.get(rule, 0) + 1
    unfinished = source.count(b"XXX") + source.count(b"TODO") + source.count(b"FIXME")
    if unfinished:
        findings["unfinished"] = unfinished
    lines = source.count(b"\n")
    score = sum(WEIGHTS[rule] * count for rule, count in findings.items())
    get_stream_writer()({"inspected": file["path"]})
    return {
        "inspected": 1,
        "findings": findings,
        "lines": lines,
        "worst": [{"path": file["path"], "score": score, "lines": lines}],
    }


def gather(state: Audit) -> Audit:
    """Wait for a batch; its findings were merged by the reducers."""
    return {}


def dig(state: Audit) -> Audit:
    """Look into the worst file that was not looked into yet."""
    path = left_to_dig(state)[0]
    source = (Path(state["root"]) / path).read_bytes()
    get_stream_writer()({"digging": path})
    functions = [
        Detail(path=path, function=node.name, line=node.lineno, branches=count_branches(node))
        for node in ast.walk(parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    nothing = Detail(path=path, function="", line=0, branches=0)
    return {"details": [max(functions, key=lambda each: each["branches"], default=nothing)]}


def choose_next(state: Audit) -> str:
    """Dig on until every one of the worst files was looked into."""
    return "dig" if left_to_dig(state) else "ask"


def ask(state: Audit) -> Audit:
    """Pause for an answer."""
    answer = interrupt(
        {"question": "Write the report?", "findings": sum(state.get("findings", {}).values())}
    )
    return {"approved": str(answer).strip().lower() in ("y", "yes")}


def write(state: Audit) -> Audit:
    """Make the report of what was found."""
    files, lines = len(state["files"]), state.get("lines", 0)
    report = ["{} files, {} lines in {}".format(files, lines, state["root"]), ""]
    findings = sorted(state.get("findings", {}).items(), key=lambda item: (-item[1], item[0]))
    report += [f"{count:7}  {rule}" for rule, count in findings]
    report += ["", "  score  lines  worst files, and the most involved function of each"]
    details = {detail["path"]: detail for detail in state.get("details", [])}
    for file in state.get("worst", []):
        detail = details[file["path"]]
        place = "{path}:{line} {function} ({branches} branches)".format(**detail)
        report.append("{:7} {:6}  {}".format(file["score"], file["lines"], place))
    return {"report": "\n".join(report)}


def build() -> StateGraph:
    """The graph: survey → (inspect × batch → gather)* → dig* → ask → write."""
    graph = StateGraph(Audit)
    for node in (survey, gather, dig, ask, write):
        graph.add_node(node.__name__, node)
    graph.add_node("inspect", inspect, input_schema=File)
    graph.add_edge(START, "survey")
    graph.add_conditional_edges("survey", fan_out, ["inspect", "dig", "ask"])
    graph.add_edge("inspect", "gather")
    graph.add_conditional_edges("gather", fan_out, ["inspect", "dig", "ask"])
    graph.add_conditional_edges("dig", choose_next, ["dig", "ask"])
    graph.add_conditional_edges("ask", lambda state: "write" if state["approved"] else END)
    graph.add_edge("write", END)
    return graph


# What the nodes look for.


def parse(source: bytes) -> ast.AST:
    """Parse source; a file that is not for this Python has nothing in it."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def find_all(tree: ast.AST) -> Iterator[str]:
    """Yield the name of a rule for each finding."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield "bare except"
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if (node.end_lineno or 0) - node.lineno > LONG_FUNCTION:
                yield "long function"
            if len(node.args.args) + len(node.args.kwonlyargs) > MANY_ARGUMENTS:
                yield "many arguments"
            if any(isinstance(each, (ast.List, ast.Dict, ast.Set)) for each in node.args.defaults):
                yield "mutable default"
            if not node.name.startswith("_") and ast.get_docstring(node) is None:
                yield "no docstring"
            if nesting(node) > DEEP_NESTING:
                yield "deep nesting"


BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)
TURNS = (ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.BoolOp, ast.comprehension)


def nesting(node: ast.AST) -> int:
    """How many blocks lie inside each other, at most."""
    below = max((nesting(child) for child in ast.iter_child_nodes(node)), default=0)
    return below + isinstance(node, BLOCKS)


def count_branches(node: ast.AST) -> int:
    """How many ways there are to turn, as McCabe counts them."""
    kinds = (
        ast.If,
        ast.IfExp,
        ast.For,
        ast.While,
        ast.ExceptHandler,
        ast.BoolOp,
        ast.comprehension,
    )
    return 1 + sum(isinstance(child, kinds) for child in ast.walk(node))


def left_to_dig(state: Audit) -> List[str]:
    """The worst files that were not looked into yet, the worst first."""
    dug = {detail["path"] for detail in state.get("details", [])}
    return [file["path"] for file in state.get("worst", []) if file["path"] not in dug]


# The program around the graph.


class Progress:
    """A bar on a terminal; elsewhere a line for each tenth."""

    def __init__(self, total: int, done: int) -> None:
        self.total, self.done = total, done

    def show(self, event: Dict[str, Any]) -> None:
        """Take in what a node streamed."""
        self.total = event.get("total", self.total)
        before = self._tenths()
        self.done += "inspected" in event
        if sys.stderr.isatty():
            what = event.get("inspected") or event.get("digging") or ""
            bar = "#" * (4 * self._tenths()) + "." * (40 - 4 * self._tenths())
            line = f"[{bar}] {self.done}/{self.total} {what}"
            sys.stderr.write("\r" + line[:79].ljust(79))
        elif self._tenths() > before:
            print(f"inspected {self.done} of {self.total}", file=sys.stderr, flush=True)

    def _tenths(self) -> int:
        return 10 * self.done // self.total if self.total else 0


def run(graph: Any, config: Dict[str, Any], first: Audit, answer: Optional[str]) -> Optional[Audit]:
    """Run an audit from where it stands, to its end or to a question without an answer.

    Returns:
        The final state, or None if it waits for an answer.
    """
    state = graph.get_state(config)
    entry: Any = None if state.next else first
    inspected = state.values.get("inspected", 0)
    progress = Progress(len(state.values.get("files", ())), inspected)
    if state.next:
        print(f"going on after {inspected} files inspected before", file=sys.stderr)
    while True:
        # Synchronous: a batch is on disk before the next begins, whatever happens to the process.
        for event in graph.stream(entry, config, stream_mode="custom", durability="sync"):
            progress.show(event)
        if sys.stderr.isatty():
            sys.stderr.write("\n")
        state = graph.get_state(config)
        questions = [pause.value for task in state.tasks for pause in task.interrupts]
        if not questions:
            return state.values
        said = answer if answer is not None else read_answer(questions[0])
        if said is None:
            return None
        entry = Command(resume=said)


def read_answer(question: Dict[str, Any]) -> Optional[str]:
    """Ask on the terminal; None if nobody is there to answer."""
    try:
        return input("{findings} findings. {question} [y/n] ".format(**question))
    except EOFError:
        return None


def read_arguments() -> Tuple[argparse.Namespace, Audit]:
    """Read the command line into options and the state that an audit begins with."""
    parser = argparse.ArgumentParser(description="Audit Python source.")
    standard_library = sysconfig.get_paths()["stdlib"]
    parser.add_argument("root", nargs="?", default=standard_library, help="what to audit")
    parser.add_argument("--limit", type=int, default=0, help="inspect so many files at most")
    parser.add_argument("--checkpoints", default="audit.sqlite", help="the checkpoints' file")
    parser.add_argument("--output", default="audit.txt", help="the report's file")
    parser.add_argument("--yes", action="store_true", help="answer the question with yes")
    options = parser.parse_args()
    root = str(Path(options.root).resolve())
    return options, {"root": root, "limit": options.limit}


def main() -> int:
    """Run the program; returns its exit code: 0 once the report is there, else 1."""
    options, first = read_arguments()
    begun = time.perf_counter()
    thread = "{root}#{limit}".format(**first)
    config = {"configurable": {"thread_id": thread}, "recursion_limit": 100}
    with SqliteSaver.from_conn_string(options.checkpoints) as saver:
        graph = build().compile(checkpointer=saver)
        state = run(graph, config, first, "yes" if options.yes else None)
        if state is None:
            print("\nThe audit waits for an answer. Start it again to give one.")
            return 1
        saver.delete_thread(thread)
    if not state["approved"]:
        print("No report was written.")
        return 1
    Path(options.output).write_text(state["report"] + "\n")
    print(state["report"])
    seconds = time.perf_counter() - begun
    engine = Path(pregel.__file__).parent.parent.name
    print(f"\n{seconds:.1f} s on the engine of {engine}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
