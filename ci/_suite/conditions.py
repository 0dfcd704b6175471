"""What a ledger entry's `when` may say about the machine that runs the suite."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import List

from lib.services import select

# Each is true where its expression is, in the environment that runs the suite.
_EXPRESSIONS = {
    "postgres without vectors": (
        "not __import__('glob').glob('/usr/share/postgresql/*/extension/vector.control')"
    ),
    "sqlite without extensions": (
        "not hasattr(__import__('sqlite3').Connection, 'enable_load_extension')"
    ),
}


def true_conditions(python: Path) -> List[str]:
    """The conditions that are true for an interpreter."""
    code = "import sys\nfor line in sys.argv[1:]: print(bool(eval(line)))"
    done = subprocess.run(
        [str(python), "-c", code, *_EXPRESSIONS.values()], stdout=subprocess.PIPE, check=True
    )
    answers = done.stdout.decode().split()
    true = [name for name, answer in zip(_EXPRESSIONS, answers) if answer == "True"]
    return true + [f"no {service.name} server" for service in select() if not service.answers()]
