"""These tests run with the Python environment of a framework (scripts/check.py makes
it), so they import nothing but that framework, numpy and pytest.
"""

import importlib.util

import pytest

from engine import Engine

collect_ignore = [
    f"test_{name}.py"
    for name, package in (
        ("keras", "keras"),
        ("torch", "torch"),
        ("round_trip", "flama"),
    )
    if importlib.util.find_spec(package) is None
]


@pytest.fixture(scope="session")
def engine_of(tmp_path_factory):
    """Makes the engine of a framework."""
    engines = []

    def make(name):
        engines.append(Engine(name, tmp_path_factory.mktemp(name)))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()
