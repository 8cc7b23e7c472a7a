#!/usr/bin/env python3
"""Runs every test there is on a build folder made with tests and sanitizers.

    check.py BUILD [SUITE ...]

A suite is a function of this file. What fails is printed in full; then come a line with
the skips, and 'N passed, N failed', counted in test cases. The exit code is 0 when
nothing failed and something passed.
"""

import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 3600  # seconds one test program may take

# A sanitizer's report ends the program with an exit code of its own.
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:exitcode=99",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
}


@dataclass
class Result:
    """What one program of a suite counted; `output` is shown when it failed."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    output: str = ""


def execute(command, **environment):
    """(exit code, output) of a command run in the root; 124 after LIMIT seconds."""
    try:
        done = subprocess.run(
            [str(c) for c in command],
            cwd=ROOT,
            env={**os.environ, **SANITIZERS, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
            check=False,
        )
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        text = (late.stdout or b"").decode(errors="replace")
        return 124, text + f"\nstill running after {LIMIT} s\n"


def counted(name, code, output, passed, failed, skipped=0):
    """A result in which a program that ended badly never counts as passed."""
    if code != 0 and failed == 0:
        failed = 1
        output += f"\n{name} ended with exit code {code}\n"
    if passed + failed + skipped == 0:
        failed = 1
        output += f"\n{name} ran no test\n"
    return Result(name, passed, failed, skipped, output)


def style(_build):
    """What scripts/style.py checks, a case a rule."""
    code, output = execute([sys.executable, "scripts/style.py"])
    last = re.search(r"(\d+) passed, (\d+) failed\s*$", output)
    passed, failed = map(int, last.groups()) if last else (0, 0)
    return [counted("style", code, output, passed, failed)]


def unit(build):
    """The cmocka programs, and the corpus of each fuzz target: a case a target."""
    listed = json.loads(
        subprocess.check_output(["meson", "introspect", "--tests", str(build)])
    )

    def one(test):
        code, output = execute(test["cmd"])
        if test["name"].startswith("replay-"):
            return counted(test["name"], code, output, int(code == 0), int(code != 0))
        counts = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
        line = r"\[\s*(PASSED|FAILED|SKIPPED)\s*\] (?:\S+: )?(\d+) test\(s\)"
        for kind, number in re.findall(line, output):
            counts[kind] += int(number)
        return counted(test["name"], code, output, *counts.values())

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(one, listed))


def python(build):
    """pytest over the folders of tests, against the programs just built."""
    report = build / "pytest.xml"
    report.unlink(missing_ok=True)
    code, output = execute(
        [sys.executable, "-m", "pytest", "-q",
         f"--junitxml={report}", "-c", "tests/pytest.ini", "tests",
         "--ignore=tests/python"],
        FLAMA=str(build / "flama"),
        FLAMA_BUILD=str(build),
    )  # fmt: skip
    return [from_report("pytest", report, code, output)]


def from_report(name, report, code, output):
    """What pytest wrote down, as a result."""
    if not report.exists():
        return counted(name, code, output, 0, 0)
    suite = ElementTree.parse(report).getroot().find("testsuite").attrib
    failed = int(suite["failures"]) + int(suite["errors"])
    skipped = int(suite["skipped"])
    passed = int(suite["tests"]) - failed - skipped
    return counted(name, code, output, passed, failed, skipped)


def frameworks(build):
    """pytest over tests/frameworks, in an environment with the framework of each
    NAME.txt. Takes minutes and a large download: runs when CI=true or asked for, else
    it counts as a skip."""
    folder = ROOT / "tests" / "frameworks"
    names = sorted(path.stem for path in folder.glob("*.txt"))
    if os.environ.get("CI") != "true" and "frameworks" not in sys.argv:
        return [Result(name, skipped=1) for name in names]
    results = []
    for name in names:
        report = build / f"pytest-{name}.xml"
        report.unlink(missing_ok=True)
        code, output = execute(["scripts/frameworks", name])
        if code == 0:
            python = output.split()[-1]
            code, output = execute(
                [python, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                 f"--junitxml={report}", "-c", "tests/pytest.ini", folder],
                FLAMA_BUILD=str(build),
            )  # fmt: skip
        results.append(from_report(name, report, code, output))
    return results


def package(build):
    """pytest over tests/python, on the Python package of the build: its extension has
    the sanitizers too, whose library Python is started with. Leaks are not looked for:
    the interpreter keeps what it likes at its end."""
    site = build / "site"
    code, output = execute(
        ["meson", "install", "-C", build, "--quiet", "--tags", "python-runtime",
         "--destdir", site]
    )  # fmt: skip
    folders = list(site.rglob("flama/_core.*.so"))
    if code != 0 or len(folders) != 1:
        return [counted("package", code or 1, output, 0, 1)]
    report = build / "pytest-package.xml"
    report.unlink(missing_ok=True)
    asan = subprocess.check_output(["cc", "-print-file-name=libasan.so"], text=True)
    code, output = execute(
        [sys.executable, "-m", "pytest", "-q",
         f"--junitxml={report}", "-c", "tests/pytest.ini", "tests/python"],
        PYTHONPATH=str(folders[0].parent.parent),
        PYTHON_PRELOAD=asan.strip() if is_sanitized(build) else "",
        FLAMA=str(build / "flama"),
        FLAMA_BUILD=str(build),
    )  # fmt: skip
    return [from_report("pytest tests/python", report, code, output)]


def is_sanitized(build):
    options = json.loads(
        subprocess.check_output(["meson", "introspect", "--buildoptions", str(build)])
    )
    return any(o["name"] == "b_sanitize" and "address" in o["value"] for o in options)


SUITES = [style, unit, python, package, frameworks]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:] or [suite.__name__ for suite in SUITES]
    unknown = set(wanted) - {suite.__name__ for suite in SUITES}
    if unknown:
        sys.exit(f"no such suite: {', '.join(sorted(unknown))}")
    results = []
    for suite in SUITES:
        if suite.__name__ not in wanted:
            continue
        started = time.monotonic()
        these = suite(build)
        results += these
        for result in these:
            if result.failed:
                print(f"---- {result.name}\n{result.output.rstrip()}\n")
        passed, failed = sum(r.passed for r in these), sum(r.failed for r in these)
        seconds = time.monotonic() - started
        print(f"{suite.__name__}: {passed} of {passed + failed} in {seconds:.1f} s")
        sys.stdout.flush()
    passed = sum(r.passed for r in results)
    failed = sum(r.failed for r in results)
    print(f"skipped: {sum(r.skipped for r in results)}")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
