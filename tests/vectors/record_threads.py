"""Records threads as LangGraph's releases leave them behind, and what its current one makes of them.

usage: record_threads.py [release ...]

Makes an environment for each release under the cache of `ci/`, with Python 3.11, and writes
`threads/langgraph-RELEASE.sql` and beside it, as `.json`, what LangGraph's pinned release reads.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "ci"))

from lib import CACHE
from lib.environment import make_environment
from lib.interpreter import find_interpreter

# Each with what else it was released beside.
RELEASES = {
    "0.2.14": ["langgraph-checkpoint==1.0.6", "langgraph-checkpoint-sqlite==1.0.0"],
    "0.2.76": ["langgraph-checkpoint==2.0.16", "langgraph-checkpoint-sqlite==2.0.5"],
    "0.3.22": ["langgraph-checkpoint==2.0.22", "langgraph-checkpoint-sqlite==2.0.6"],
    "0.3.34": ["langgraph-checkpoint==2.0.24", "langgraph-checkpoint-sqlite==2.0.6"],
    "0.4.10": ["langgraph-checkpoint==2.0.26", "langgraph-checkpoint-sqlite==2.0.10"],
    "0.5.4": ["langgraph-checkpoint==2.1.1", "langgraph-checkpoint-sqlite==2.0.11"],
    "0.6.11": ["langgraph-checkpoint==2.1.2", "langgraph-checkpoint-sqlite==2.0.11"],
    "1.0.10": ["langgraph-checkpoint==4.0.0", "langgraph-checkpoint-sqlite==3.0.3"],
    "1.2.22": ["langgraph-checkpoint==4.3.2", "langgraph-checkpoint-sqlite==3.1.2"],
}


def old_environment(release: str) -> Path:
    folder = CACHE / "environments" / f"langgraph-{release}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        interpreter = find_interpreter((3, 11), "3.11")
        assert interpreter is not None
        subprocess.run([interpreter.path, "-m", "venv", "--clear", str(folder)], check=True)
        pins = [f"langgraph=={release}", *RELEASES[release]]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *pins], check=True)
        (folder / "complete").touch()
    return python


def output_of(python: Path, script: str, *arguments: str) -> str:
    command = [str(python), "-W", "ignore", str(HERE / script), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()


interpreter = find_interpreter((3, 11), "3.11")
assert interpreter is not None
current = make_environment(interpreter, ["suite", "guests", "upstream"])
(HERE / "threads").mkdir(exist_ok=True)
for release in sys.argv[1:] or RELEASES:
    file = HERE / "threads" / f"langgraph-{release}.sql"
    file.write_text(output_of(old_environment(release), "write_threads.py"), encoding="utf-8")
    expected = output_of(current, "read_threads.py", str(file))
    file.with_suffix(".json").write_text(expected, encoding="utf-8")
    print(file.name)
