#!/usr/bin/env python3
"""Holds the Python package's verdicts against old versions of the schema libraries.

    check_schemas.py BUILD [LIBRARY==VERSION ...]

BUILD has the Python package for the Python that runs this. A version's environment is
made once, below ~/.cache/flama-check (or XDG_CACHE_HOME); the exit code is 0 when all
agree with tests/python/differential.py.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flama-check"
VERSIONS = [
    "typesystem==0.2.5",
    "typesystem==0.3.1",
    "typesystem==0.4.1",
    "marshmallow==3.13.0",
    "marshmallow==3.26.1",
    "pydantic==2.5.3",
    "pydantic==2.9.2",
]


def environment(package):
    """The Python of the package's environment, made if missing."""
    folder = CACHE / package.replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run(
            [python, "-m", "pip", "-q", "--disable-pip-version-check", "install",
             "hypothesis", package],
            check=True,
        )  # fmt: skip
        (folder / "ready").touch()
    return python


def main(build, *packages):
    site = Path(build).resolve() / "site"
    subprocess.run(
        ["meson", "install", "-C", build, "--quiet", "--tags", "python-runtime",
         "--destdir", site],
        check=True,
    )  # fmt: skip
    folder = next(site.rglob("flama/_core.*.so")).parent.parent
    asan = subprocess.check_output(["cc", "-print-file-name=libasan.so"], text=True)
    failed = 0
    for package in packages or VERSIONS:
        print(package, end=": ", flush=True)
        library = package.partition("==")[0]
        failed += subprocess.run(
            [environment(package), ROOT / "tests/python/differential.py", library,
             "1000"],
            env={**os.environ, "PYTHONPATH": str(folder), "LD_PRELOAD": asan.strip(),
                 "ASAN_OPTIONS": "detect_leaks=0"},
            check=False,
        ).returncode != 0  # fmt: skip
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
