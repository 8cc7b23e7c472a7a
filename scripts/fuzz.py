#!/usr/bin/env python3
"""fuzz.py BUILD SECONDS [TARGET ...]: runs fuzz targets, two at a time.

Each starts from its corpus in fuzz/corpus and keeps what it finds in BUILD/corpus, so
that the next run goes on from there. Inputs that break a target are left in
BUILD/finds. Prints a table; the exit code is 1 when something was found.
"""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_INPUT = 65536
AT_ONCE = 2


def fuzz(build, program, seconds):
    """(name, runs, covered edges, new inputs, finds) of one target."""
    name = program.name.removeprefix("fuzz-")
    grown, finds = build / "corpus" / name, build / "finds"
    grown.mkdir(parents=True, exist_ok=True)
    finds.mkdir(exist_ok=True)
    known = len(list(grown.iterdir()))
    done = subprocess.run(
        [
            program,
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST_INPUT}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            f"-artifact_prefix={finds}/{name}-",
            grown,
            ROOT / "fuzz" / "corpus" / name,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s+(\d+)", said)
    covered = re.findall(r"\bcov: (\d+)", said)
    if done.returncode != 0:
        print(said[-6000:])
    return (
        name,
        runs.group(1) if runs else "-",
        covered[-1] if covered else "-",
        len(list(grown.iterdir())) - known,
        int(done.returncode != 0),
    )


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    build, seconds = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    programs = [
        program
        for program in sorted((build / "fuzz").glob("fuzz-*"))
        if program.is_file()
        and (len(sys.argv) == 3 or program.name.removeprefix("fuzz-") in sys.argv[3:])
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda p: fuzz(build, p, seconds), programs))
    head = ("target", "runs", "covered", "new inputs", "finds")
    for row in [head, *rows]:
        print("{:<16} {:>12} {:>9} {:>11} {:>6}".format(*row))
    return 1 if not rows or any(row[-1] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
