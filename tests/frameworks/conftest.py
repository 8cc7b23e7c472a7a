"""These tests run with the Python environment of a framework (scripts/check.py makes
it), so they import nothing but that framework, numpy and pytest.
"""

import importlib.util
import os
import subprocess

import pytest

from engine import BUILD, Engine

collect_ignore = [
    f"test_{name}.py"
    for name, package in (
        ("keras", "keras"),
        ("keras_policies", "keras"),
        ("torch", "torch"),
        ("torch_fused", "torch"),
        ("script", "torch"),
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


@pytest.fixture(scope="session")
def ours():
    """The environment in which `import flama` gives the build's package."""
    site = BUILD / "site"
    subprocess.run(
        ["meson", "install", "-C", BUILD, "--quiet", "--tags", "python-runtime",
         "--destdir", site], check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (module,) = site.rglob("flama/_core.*.so")
    asan = subprocess.check_output(["cc", "-print-file-name=libasan.so"], text=True)
    return {
        **os.environ,
        "PYTHONPATH": str(module.parent.parent),
        "LD_PRELOAD": asan.strip() if b"__asan_init" in module.read_bytes() else "",
        "ASAN_OPTIONS": "detect_leaks=0:exitcode=99",
    }
