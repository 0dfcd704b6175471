"""What tests need that not every environment has."""

from __future__ import annotations

from importlib.metadata import distributions

import pytest


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "needs(name): skipped where no distribution `name` is installed"
    )


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs"):
        (name,) = marker.args
        if not any(distributions(name=name)):
            pytest.skip(f"{name} is not installed")
