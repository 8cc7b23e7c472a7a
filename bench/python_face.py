"""The Python face beside the original, flama 2.2.2 from PyPI: the same app on one
worker of each, measured in turn, by the CPU time of a request."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from bench import ROOT, cpu_ns, free_port, line

BENCH = ROOT / "bench"
FIXTURES = ROOT / "tests" / "fixtures"
ORIGINAL = ["flama==2.2.2", "scikit-learn==1.9.1", "typesystem==0.4.1", "pydantic"]
QUIET = ["--server-no-access-log", "--server-log-level", "warning"]
ROUNDS = 3


def original():
    """The program of an environment with the original, made once a machine."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "flama-check" / "flama-2.2.2"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "pip", "-q", "install"]
        subprocess.run([*pip, *ORIGINAL], check=True, stdout=subprocess.DEVNULL)
        (folder / "ready").touch()
    return folder / "bin" / "flama"


def installed(build):
    """Where the package of the build is, installed for this."""
    site = build / "site"
    command = ["meson", "install", "-C", build, "--quiet", "--destdir", site]
    subprocess.run([*command, "--tags", "python-runtime"], check=True)
    (module,) = site.rglob("flama/_core.*.so")
    return module.parent.parent


@contextmanager
def serving(command, **environment):
    """A server on a port of its own; yields its process and port once it answers."""
    port = free_port()
    process = subprocess.Popen(
        [*map(str, command), "--server-port", str(port), *QUIET],
        cwd=BENCH,
        env={**os.environ, "BENCH_MODELS": str(FIXTURES), **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/iris/").read()
                break
            except OSError:
                if process.poll() is not None:
                    sys.exit(f"{command[0]} did not start")
                time.sleep(0.1)
        yield process, port
    finally:
        process.terminate()
        process.wait()


def load(script, port, path, connections, seconds):
    """Requests answered in that time."""
    out = subprocess.check_output(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s",
         script, f"http://127.0.0.1:{port}{path}"],
        text=True,
    )  # fmt: skip
    if "Non-2xx" in out:
        sys.exit(f"{path} failed: {out}")
    return int(re.search(r"(\d+) requests in", out).group(1))


def spent(server, script, path, connections, seconds=2):
    """CPU microseconds of a request."""
    process, port = server
    before = cpu_ns(process.pid)
    requests = load(script, port, path, connections, seconds)
    return (cpu_ns(process.pid) - before) / requests / 1e3


def measure(build):
    """Prints a line for each case."""
    with tempfile.TemporaryDirectory() as folder:
        one = write(Path(folder) / "one.lua", [[5.1, 3.5, 1.4, 0.2]])
        golden = json.loads((FIXTURES / "golden" / "sk_logreg_binary.json").read_text())
        rows = golden["input"]
        many = write(Path(folder) / "many.lua", (rows * (1000 // len(rows) + 1))[:1000])
        cases = [
            ("own.64", one, "/iris/predict/", 64, ">=20 x"),
            ("own.1", one, "/iris/predict/", 1, ""),
            ("builtin.64", one, "/builtin-iris/predict/", 64, ">=40 x"),
            ("own.1000x30", many, "/wide/predict/", 4, ">=15 x"),
            ("builtin.1000x30", many, "/builtin-wide/predict/", 4, ""),
        ]
        ours = [sys.executable, "-m", "flama", "run", "page:app"]
        theirs = [original(), "run", "page_original:app"]
        with (
            serving(ours, PYTHONPATH=str(installed(build))) as mine,
            serving(theirs, PYTHONPATH="") as its,
        ):
            for name, script, path, connections, target in cases:
                pairs = []
                for _ in range(ROUNDS):
                    pairs.append(
                        [spent(s, script, path, connections) for s in (mine, its)]
                    )
                a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
                line(f"python.{name}.cpu", a, "us/request", b / a, target)
                line(f"python.{name}.original", b, "us/request")


def write(path, rows):
    """wrk's request with these rows."""
    body = json.dumps({"input": rows}, separators=(",", ":"))
    path.write_text(
        'wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\n'
        f"wrk.body = '{body}'\n"
    )
    return path
