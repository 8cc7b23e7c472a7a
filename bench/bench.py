#!/usr/bin/env python3
"""bench.py BUILD [NAME ...]: measures the program and prints CSV.

Each line is name,value,unit,ratio,target; the ratio is to what stands behind the
target, measured in the same run. Nothing is asserted: a machine is never alone. Servers
are measured by the CPU time they take for a request, not by the requests they answer in
a second, since the load generator shares the cores.
"""

import hashlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "examples" / "iris.flm"
ROW = '{"input":[[5.8,2.8,5.1,2.4]]}'
ANSWER = b'{"output":[2]}'
QUIET = ["--server-workers", "1", "--server-no-access-log"]
ENGINE_RUN = "run_estimator"  # the engine's own share, by its function
CONNECTIONS = 4
CORES = sorted(os.sched_getaffinity(0))


def line(name, value, unit, ratio="", target=""):
    shown = f"{value:.4g}" if isinstance(value, float) else value
    ratio = f"{ratio:.3g}" if isinstance(ratio, float) else ratio
    print(f"{name},{shown},{unit},{ratio},{target}", flush=True)


def on_core(index, command):
    return ["taskset", "-c", str(CORES[index % len(CORES)]), *map(str, command)]


@contextmanager
def running(command):
    """A server that prints its address; yields its process and port."""
    process = subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = ""
        for text in process.stdout:
            said += text
            found = re.search(r"https?://[^\s/]+:(\d+)", text)
            if found:
                break
        else:
            sys.exit(f"{command[0]} did not start: {said}")
        yield process, int(found.group(1))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def serve(build):
    command = [build / "flama", "serve", MODEL, "--server-port", "0"]
    return [*command, *QUIET]


def cpu_ns(pid):
    """CPU time of all threads, in nanoseconds; ended threads are not in it."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def loaded(port, seconds, path="/predict/"):
    """Requests answered to 64 connections in that time; any failure ends the bench."""
    script, url = ROOT / "bench" / "predict.lua", f"http://127.0.0.1:{port}{path}"
    wrk = ["wrk", "-t1", "-c64", f"-d{seconds}s", "-s", script, url]
    out = subprocess.check_output(on_core(1, wrk), text=True)
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(out)
    return int(re.search(r"(\d+) requests in", out).group(1))


def spent(pid, port, seconds, path="/predict/"):
    """CPU nanoseconds that a server spends on a request under load."""
    before = cpu_ns(pid)
    requests = loaded(port, seconds, path)
    return (cpu_ns(pid) - before) / requests


def cost(command, seconds):
    """The same of a server that is started for it."""
    with running(on_core(0, command)) as (process, port):
        loaded(port, 1)
        return spent(process.pid, port, seconds)


def http_cpu(build):
    """A one-row predict, 64 connections, beside a server that does nothing."""
    limit = [build / "bench" / "limit_server", len(ANSWER)]
    pairs = []
    for _ in range(5):
        pairs.append((cost(serve(build), 2), cost(limit, 2)))
    ours, least = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    line("http.predict.cpu", ours / 1e3, "us/request", ratio, "<=1.3 x limit")
    line("http.limit.cpu", least / 1e3, "us/request")


def ask(port, rounds, path="/predict/"):
    """Sends a request on each of four connections, then reads the answers; again."""
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"content-type: application/json\r\ncontent-length: {len(ROW)}\r\n\r\n{ROW}"
    ).encode()
    address = ("127.0.0.1", port)
    connections = [socket.create_connection(address) for _ in range(CONNECTIONS)]
    for _ in range(rounds):
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            answer = connection.recv(4096)
            if not answer.endswith(b"\r\n\r\n" + ANSWER):
                sys.exit(f"the server answered {answer!r}")
    for connection in connections:
        connection.close()


def counted(command, folder, rounds, path="/predict/"):
    """Instructions by function, inclusive, of a server that answered the requests."""
    out = folder / f"callgrind.{rounds}"
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    with running([*valgrind, *command]) as (_, port):
        ask(port, rounds, path)
    text = subprocess.check_output(
        ["callgrind_annotate", "--inclusive=yes", "--threshold=100", out], text=True
    )
    counts = {}
    for match in re.finditer(r"^\s*([\d,]+) \([ \d.]+%\)\s+(.*)$", text, re.M):
        name = re.sub(r".*:(\w+).*|.*PROGRAM TOTALS.*", r"\1", match.group(2)) or "all"
        counts[name] = max(counts.get(name, 0), int(match.group(1).replace(",", "")))
    return counts


def instructions(command, path="/predict/"):
    """User instructions a request, by function: the difference of two runs."""
    few, many = 100, 300
    with tempfile.TemporaryDirectory() as folder:
        less = counted(command, Path(folder), few, path)
        more = counted(command, Path(folder), many, path)
    return {
        name: (more[name] - less.get(name, 0)) / ((many - few) * CONNECTIONS)
        for name in more
        if more[name] > less.get(name, 0)
    }


def http_instructions(build):
    each = instructions(serve(build))
    engine = each.get(ENGINE_RUN, 0.0)
    line(
        "http.predict.instructions", each["all"] - engine, "instructions", "", "<=6000"
    )
    line("engine.run.instructions", engine, "instructions")


def own_method(build):
    """The page's own predict, in C, beside the built-in one of the same app."""
    app = ROOT / "examples" / "add_model_resource.c"
    command = [build / "flama", "run", f"{app}:app", "--server-port", "0", *QUIET]
    own, built_in = "/my_model/predict/", "/sklearn_model/predict/"
    target = "<=1.1 x built-in"
    with running(on_core(0, command)) as (process, port):  # it is compiled from here on
        loaded(port, 1, own)
        pairs = [
            (spent(process.pid, port, 1, own), spent(process.pid, port, 1, built_in))
            for _ in range(10)
        ]
    ours = instructions(command, own)["all"]
    theirs = instructions(command, built_in)["all"]
    line("own.predict.instructions", ours, "instructions", ours / theirs, target)
    ratio = statistics.median(a / b for a, b in pairs)
    ours = statistics.median(a for a, _ in pairs)
    line("own.predict.cpu", ours / 1e3, "us/request", ratio, target)


def injection(build):
    """What three components add to a request."""
    text = subprocess.check_output([build / "bench" / "injection"], text=True)
    added = float(text.split()[2])
    line("injection.three", added / 1e3, "us/request", "", "<0.3")


def forest(build):
    """A forest of 100 trees, one row, in the process, beside scikit-learn's predict."""
    with tempfile.TemporaryDirectory() as folder:
        theirs, wanted = subprocess.check_output(
            [sys.executable, ROOT / "bench" / "forest.py", folder], text=True
        ).split("\n", 1)
        ours, got = subprocess.check_output(
            [build / "bench" / "predict", f"{folder}/forest.flm", f"{folder}/row.json"],
            text=True,
        ).split("\n", 1)
    if json.loads(got) != json.loads(wanted):
        sys.exit(f"the forest says {got}, scikit-learn {wanted}")
    ratio = float(theirs) / float(ours)
    line("forest.predict", float(ours) / 1e3, "us/row", ratio, ">=200 x scikit-learn")
    line("forest.sklearn", float(theirs) / 1e3, "us/row")


def bench_python():
    """The Python of what is measured beside, made when it is missing."""
    requirements = ROOT / "bench" / "requirements.txt"
    name = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "flama-check" / f"bench-{name}"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "pip", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-r", requirements], check=True)
        (folder / "ready").touch()
    return folder / "bin" / "python"


def estimators(build):
    """An estimator of each family beside scikit-learn; trees beside ONNX Runtime."""
    with tempfile.TemporaryDirectory() as folder:
        command = [bench_python(), ROOT / "bench" / "estimators.py", folder]
        subprocess.run(on_core(0, [*command, build / "bench" / "predict"]), check=True)


def framework_python(name):
    """The Python of a framework, made when it is missing."""
    command = [ROOT / "scripts" / "frameworks", name]
    return subprocess.check_output(command, text=True).split()[-1]


def said(script, python, folder):
    """The JSON a script prints last, on the core that all networks are measured on."""
    text = subprocess.check_output(
        on_core(1, [python, ROOT / "bench" / script, folder]),
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return json.loads(text.splitlines()[-1])


def close(a, b):
    """Whether two lists of numbers differ by less than 1e-4 of the largest."""
    if isinstance(b, list):
        return len(a) == len(b) and all(map(close, a, b))
    return abs(a - b) <= 1e-4 * max(1, abs(b))


def network(build, folder, name):
    """Nanoseconds of the engine for what NAME.rows.json holds."""
    path = folder / name
    command = [build / "bench" / "predict", f"{path}.flm", f"{path}.rows.json"]
    ours, got = subprocess.check_output(on_core(1, command), text=True).split("\n", 1)
    if not close(json.loads(got), json.loads(Path(f"{path}.answer.json").read_text())):
        sys.exit(f"{name} does not answer as its framework does")
    return float(ours)


# What is wanted beside frameworks, and beside ONNX Runtime.
NETWORKS = {
    "mlp": ({"torch": ">=20 x torch", "keras": ">=1000 x keras"}, "<=1 x onnxruntime"),
    "cnn": ({}, "<=1.5 x onnxruntime"),
    "transformer": ({}, "<=1.5 x onnxruntime"),
    "wide": ({}, ""),
    "resnet18": ({}, "<=2.5 x onnxruntime"),
}


def networks(build):
    """Networks natively, in their framework, and in ONNX Runtime."""
    with tempfile.TemporaryDirectory() as top:
        folders = {name: Path(top) / name for name in ("torch", "keras")}
        theirs = {}
        for name, folder in folders.items():
            folder.mkdir()
            python = framework_python("tensorflow" if name == "keras" else name)
            theirs[name] = said(f"{name}_networks.py", python, folder)
        onnx = said("onnx_networks.py", bench_python(), folders["torch"])
        for name, folder in folders.items():
            for network_name, (framework_targets, target) in NETWORKS.items():
                ours = network(build, folder, network_name)
                label, slower = f"{name}.{network_name}", theirs[name][network_name]
                beside = framework_targets.get(name, f"x {name}")
                line(label, ours / 1e3, "us", slower / ours, beside)
                other = onnx[network_name]
                line(f"{label}.onnxruntime", other / 1e3, "us", ours / other, target)
                if network_name == "wide":
                    other, target = onnx["openblas"], "<=1.2 x openblas"
                    line(f"{label}.openblas", other / 1e3, "us", ours / other, target)


def first_answer(port, started):
    """Milliseconds from `started` until the server has answered with 200."""
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    while time.perf_counter() - started < 10:
        try:
            with socket.create_connection(("127.0.0.1", port)) as s:
                s.sendall(request)
                if s.recv(64).startswith(b"HTTP/1.1 200 "):
                    return (time.perf_counter() - started) * 1e3
        except ConnectionRefusedError:
            pass
    sys.exit("no answer after 10 s")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def resident(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1024


def start(build):
    """From exec to the first 200, and the memory resident then."""
    times, memory = [], []
    for _ in range(20):
        port = free_port()
        command = [build / "flama", "serve", MODEL, "--server-port", port]
        started = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            times.append(first_answer(port, started))
            memory.append(resident(process.pid))
        finally:
            process.terminate()
            process.wait()
    most = 10 + 2 * MODEL.stat().st_size / 2**20
    line("start.first_200", statistics.median(times), "ms", "", "<=20")
    line("start.resident", statistics.median(memory), "MiB", "", f"<={most:.1f}")


def numbers(build):
    """JSON in and out; the program measures, and prints lines like these."""
    print(subprocess.check_output([build / "bench" / "json"], text=True), end="")


def python_face(build):
    """What a Python app's requests cost, beside the same app of the original, flama
    2.2.2 from PyPI, on one worker: the page's own predict, and the built-in one."""
    import python_face

    python_face.measure(build)


MEASURED = [
    numbers,
    http_cpu,
    http_instructions,
    own_method,
    injection,
    forest,
    estimators,
    networks,
    start,
    python_face,
]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:] or [each.__name__ for each in MEASURED]
    print("name,value,unit,ratio,target", flush=True)
    for each in MEASURED:
        if each.__name__ in wanted:
            each(build)


if __name__ == "__main__":
    main()
