#!/usr/bin/env python3
"""Runs the numeric tests with old scikit-learns, each in a Python of its own.

    check_sklearn.py BUILD [VERSION ...]

A version's environment is made once, below ~/.cache/flama-check (or XDG_CACHE_HOME),
with the Python named here: pyenv's, or pythonX.Y on the path. Each version fits the
cases itself, pickles them, and its own predictions are what the engine's are held to. A
version whose Python is not here is skipped and said to be. The exit code is 0 when
nothing failed and something passed.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flama-check"

# scikit-learn, the Python it runs in, and what else has to be held back for it.
VERSIONS = [
    ("1.0.2", "3.8", ["numpy<1.24"]),
    ("1.1.3", "3.9", ["numpy<2"]),
    ("1.2.2", "3.10", ["numpy<2"]),
    ("1.3.2", "3.8", []),
    ("1.4.2", "3.9", ["numpy<2"]),
    ("1.5.2", "3.12", []),
    ("1.6.1", "3.9", []),
    ("1.7.2", "3.13", []),
    ("1.8.0", "3.12", []),
]


def interpreter(python):
    """The path of a Python of that version, or None."""
    for path in sorted(Path.home().glob(f".pyenv/versions/{python}.*/bin/python")):
        return path
    return shutil.which(f"python{python}")


def environment(version, python, packages):
    """The folder of the version's environment, made if missing; None without Python."""
    folder = CACHE / f"sklearn-{version}"
    if (folder / "ready").exists() and (folder / "bin" / "python").exists():
        return folder
    program = interpreter(python)
    if program is None:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([program, "-m", "venv", folder], check=True)
    subprocess.run(
        [folder / "bin" / "pip", "-q", "--disable-pip-version-check", "install",
         "--only-binary", ":all:", "pytest", "pandas", f"scikit-learn=={version}",
         *packages],
        check=True,
    )  # fmt: skip
    (folder / "ready").touch()
    return folder


def run(folder, build):
    """(passed, failed, skipped) of the numeric tests, whose failures are printed."""
    done = subprocess.run(
        [folder / "bin" / "python", "-m", "pytest", "-q", "-c", "tests/pytest.ini",
         "-W", "ignore", "--tb=line", "tests/numerics"],
        cwd=ROOT,
        env={**os.environ, "FLAMA_BUILD": str(build), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )  # fmt: skip
    counts = dict.fromkeys(("passed", "failed", "error", "skipped"), 0)
    last = done.stdout.rstrip().rpartition("\n")[2]
    for number, kind in re.findall(r"(\d+) (passed|failed|error|skipped)", last):
        counts[kind] = int(number)
    failed = counts["failed"] + counts["error"]
    if done.returncode or not counts["passed"]:
        print(done.stdout)
        failed = failed or 1
    return counts["passed"], failed, counts["skipped"]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build, wanted = Path(sys.argv[1]).resolve(), sys.argv[2:]
    unknown = set(wanted) - {version for version, *_ in VERSIONS}
    if unknown:
        sys.exit(f"no such version here: {', '.join(sorted(unknown))}")
    passed = failed = 0
    for version, python, packages in VERSIONS:
        if wanted and version not in wanted:
            continue
        folder = environment(version, python, packages)
        if folder is None:
            print(f"scikit-learn {version}: no Python {python} here, not run")
            continue
        good, bad, skipped = run(folder, build)
        passed, failed = passed + good, failed + bad
        print(
            f"scikit-learn {version}, Python {python}: {good} passed, {bad} failed, "
            f"{skipped} skipped",
            flush=True,
        )
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
