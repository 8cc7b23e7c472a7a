"""The wheel: built by meson-python, installed into an empty environment.

$FLAMA_WHEEL names one that scripts/check_wheels.py has built and repaired.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from server import BUILD, ROOT, start_program

APPS = Path(__file__).resolve().parent / "apps"
SYSTEM = re.compile(r"lib(c|m|dl|rt|pthread|z)\.so\.\d")


def run(*words, **environment):
    done = subprocess.run(
        [*map(str, words)],
        capture_output=True,
        text=True,
        timeout=900,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "", **environment},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def build_wheel(folder):
    tools = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    run(
        sys.executable, "-m", "pip", "wheel", ".", "-q", "--no-deps",
        "--no-build-isolation", f"--config-settings=build-dir={BUILD / 'wheel'}",
        "--config-settings=setup-args=-Db_lto=false", "-w", folder,
        PATH=tools,
    )  # fmt: skip
    (wheel,) = folder.glob("flama-*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = os.environ.get("FLAMA_WHEEL") or build_wheel(folder)
    environment = folder / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    run(
        sys.executable, "-m", "pip", "--python", environment / "bin" / "python",
        "install", "-q", "--no-deps", wheel,
    )  # fmt: skip
    return environment


def test_import_from_the_wheel(installed):
    printed = run(
        installed / "bin" / "python", "-I", "-c",
        "import flama; print(flama.__version__, flama.Flama(title='x').debug)",
    )  # fmt: skip
    assert printed == "0.1.0 False\n"
    site = next(installed.rglob("site-packages"))
    assert (site / "flama" / "py.typed").exists()
    assert not list(site.rglob("libflama*"))


def test_the_program_from_the_wheel(installed, fixtures):
    """`serve` is C, and a Python app is run by the environment's own interpreter."""
    flama = installed / "bin" / "flama"
    server = start_program(
        flama, "serve", fixtures / "sklearn_model.flm", "--server-port", "0"
    )
    try:
        assert server.get("/").status == 200
        program = Path(f"/proc/{server.process.pid}/exe").resolve()
        assert program == flama.resolve()
    finally:
        server.stop()
    server = start_program(
        flama, "run", "plain:app", "--server-port", "0", cwd=APPS, PYTHONPATH=""
    )
    try:
        assert server.get("/hello/x/").json == {"text": "hello x"}
    finally:
        server.stop()


@pytest.mark.skipif("FLAMA_WHEEL" not in os.environ, reason="it is not repaired")
def test_nothing_but_the_systems_libraries(installed):
    """What is not of libc or zlib, which every system has, the wheel brings."""
    module = next(installed.rglob("flama/_core.*.so"))
    for file in (installed / "bin" / "flama", module):
        found = dict(re.findall(r"(\S+) => (\S+)", run("ldd", file)))
        assert len(found) > 5
        for name, path in found.items():
            ours = path.startswith(f"{installed}/")
            assert ours or SYSTEM.fullmatch(name), f"{file} takes {name} from {path}"
