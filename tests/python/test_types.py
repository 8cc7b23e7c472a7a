"""The stubs: what type checkers see of the package is what is there."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


# As an installed package: what is in it is used, and not complained of.
CONFIG = """
[mypy]
ignore_missing_imports = True
[mypy-flama.*]
follow_imports = silent
ignore_errors = True
"""

# Modules without a stub are their own; attributes that only users' classes have.
ALLOWED = r"""
flama\.(__main__|_absent)
flama\.(authentication|codecs|crypto|ddd|mcp|sqlalchemy|telemetry)
flama\.(settings|workers|server|cli|rows|annotations|asgi|injection|pagination)(\..*)?
flama\.schemas\.(marshmallow|pydantic|typesystem|libraries|json_schema)(\..*)?
flama\.models\.(frameworks|info)(\..*)?
flama\.applications\.Flama\.__getattr__
flama\.components\.Component\.resolve
flama\.(http\.Method|types\.FileFormat)\.__new__
flama\.models\.resource\.BaseModelResource\.(component|model|model_path)
flama\.resources\.resource\.ResourceType\.__new__
"""


def mypy(module, *words, cwd, **environment):
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_an_app_in_strict_mode(tmp_path):
    site = str(Path(importlib.util.find_spec("flama").origin).parents[1])
    (tmp_path / "mypy.ini").write_text(CONFIG)
    code, printed = mypy(
        "mypy", "--strict", "--cache-dir", str(tmp_path),
        "--config-file", str(tmp_path / "mypy.ini"), str(HERE / "typed.py"),
        cwd=tmp_path, PYTHONPATH="",
        MYPYPATH="" if site.startswith(sys.prefix) else site,
    )  # fmt: skip
    assert code == 0, printed


def test_stubs_are_true(tmp_path, python_env):
    (tmp_path / "allowed").write_text(ALLOWED)
    (tmp_path / "mypy.ini").write_text(CONFIG)
    code, printed = mypy(
        "mypy.stubtest", "flama", "--ignore-missing-stub", "--allowlist",
        str(tmp_path / "allowed"), "--ignore-unused-allowlist",
        "--mypy-config-file", str(tmp_path / "mypy.ini"),
        cwd=tmp_path, LD_PRELOAD=python_env["LD_PRELOAD"],
        ASAN_OPTIONS="detect_leaks=0:exitcode=99",
    )  # fmt: skip
    assert code == 0, printed
