"""The gates of a wheel: what is too large, too slow or outside of the stable ABI does not pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Dict

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ci"))

from _gates.imports import check_imports  # noqa: E402
from _gates.size import check_size, weigh  # noqa: E402
from _gates.symbols import check_lookups  # noqa: E402


def write_wheel(folder: Path, **files: bytes) -> Path:
    wheel = folder / "langgraph_rust-0.1.0-cp38-abi3-linux_x86_64.whl"
    with zipfile.ZipFile(str(wheel), "w") as archive:
        for name, content in files.items():
            archive.writestr("langgraph_rust/" + name.replace("__", "."), content)
        archive.writestr("langgraph_rust-0.1.0.dist-info/WHEEL", "Tag: cp38-abi3-linux_x86_64\n")
        archive.writestr("langgraph_rust-0.1.0.dist-info/METADATA", "Name: langgraph-rust\n")
    return wheel


class TestSize:
    def test_a_wheel_past_the_limit_fails(self, tmp_path: Path) -> None:
        wheel = write_wheel(tmp_path, _engine__so=os.urandom(10_000_001))
        (fault,) = check_size(wheel)
        assert "may have 10" in fault

    def test_a_wheel_within_the_limit_passes(self, tmp_path: Path) -> None:
        assert check_size(write_wheel(tmp_path, _engine__so=os.urandom(9_000_000))) == []

    def test_parts_are_told_apart(self, tmp_path: Path) -> None:
        wheel = write_wheel(tmp_path, _engine__so=b"12345", graph__py=b"123", _engine__pyi=b"1")
        parts = weigh(wheel)
        assert {name: part.unpacked for name, part in parts.items() if name != "metadata"} == {
            "the engine": 5,
            "Python": 3,
            "types": 1,
        }
        assert parts["metadata"].files == 2


class TestImports:
    @pytest.fixture
    def measure(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        def measure(limit: float = 60.0, **modules: str) -> list:
            package = tmp_path / "langgraph_rust"
            package.mkdir()
            files: Dict[str, str] = {"__init__": "", "graph": "", **modules}
            for name, code in files.items():
                (package / (name + ".py")).write_text(textwrap.dedent(code))
            monkeypatch.setenv("PYTHONPATH", str(tmp_path))
            return check_imports(sys.executable, limit=limit, rounds=2)

        return measure

    def test_a_slow_import_fails(self, measure) -> None:
        # It works for as long as it waits: what counts is the processor's time.
        busy = """
            from time import process_time
            end = process_time() + 0.2
            while process_time() < end: pass
        """
        (fault,) = measure(graph=busy)
        assert fault.startswith("import langgraph_rust.graph takes")

    def test_a_quick_import_passes(self, measure) -> None:
        assert measure() == []

    @pytest.mark.parametrize("heavy", ["json", "asyncio", "dataclasses"])
    def test_a_heavy_module_fails(self, measure, heavy: str) -> None:
        faults = measure(limit=10_000, graph=f"import {heavy}")
        assert f"import langgraph_rust.graph loads {heavy}" in faults


class TestSymbols:
    def test_a_look_up_without_anything_in_its_place_fails(self, tmp_path: Path) -> None:
        (tmp_path / "a.rs").write_text('symbol::find(c"PyUnicode_New"); symbol::find(c"Other")')
        assert check_lookups(tmp_path, {"PyUnicode_New": "a copy"}) == [
            "Other is looked up, and unknown to looked_up.toml"
        ]

    def test_a_symbol_that_is_no_longer_looked_up_fails(self, tmp_path: Path) -> None:
        assert check_lookups(tmp_path, {"Old": ""}) == ["Old of looked_up.toml is not looked up"]

    def test_only_one_file_asks_the_system(self, tmp_path: Path) -> None:
        (tmp_path / "symbol.rs").write_text("libc::dlsym(handle, name)")
        (tmp_path / "other.rs").write_text("libc::dlsym(handle, name)")
        assert check_lookups(tmp_path, {}) == ["other.rs asks for symbols itself, past symbol.rs"]

    @pytest.mark.skipif(sys.version_info < (3, 10), reason="abi3audit wants 3.10")
    @pytest.mark.skipif(sys.platform != "linux", reason="links a Linux library")
    @pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
    @pytest.mark.parametrize(
        "symbol, passes", [("PyUnicode_FromString", True), ("PyUnicode_New", False)]
    )
    def test_a_symbol_outside_of_the_stable_abi_fails(
        self, tmp_path: Path, symbol: str, passes: bool
    ) -> None:
        source = tmp_path / "engine.c"
        source.write_text(
            f"void *{symbol}(void); void *PyInit__engine(void) {{ return {symbol}(); }}"
        )
        library = tmp_path / "_engine.abi3.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
        wheel = write_wheel(tmp_path, _engine__abi3__so=library.read_bytes())
        done = subprocess.run(
            [sys.executable, str(ROOT / "ci" / "gates"), "--wheel", str(wheel), "symbols"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert (done.returncode == 0) == passes, done.stdout
        assert ("FAULT: abi3audit finds" in done.stdout) != passes
