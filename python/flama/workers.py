"""Several processes on one socket, and reloading: the process that watches over them.

It imports nothing of the user's. Each worker is a fresh interpreter (no fork: what
frameworks have computed does not survive one) that inherits the listening socket, and
says through a pipe when it serves. When a file changes, new workers are started, and
the old ones stop when the new ones serve; so no request is lost.
"""

import os
import select
import selectors
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from flama import _core

READY = "FLAMA_WORKER_READY"  # the pipe of a worker, by its descriptor


def is_worker():
    """Whether this process was started by a supervisor."""
    return READY in os.environ


def say_ready():
    """Tells the supervisor that this worker serves; when that ends, however, the worker
    stops too."""
    descriptor = int(os.environ[READY])
    os.write(descriptor, b"1")
    threading.Thread(target=_follow, args=(descriptor,), daemon=True).start()


def _follow(descriptor):
    other_end = select.poll()
    other_end.register(descriptor, 0)  # wakes up when nobody reads any more
    other_end.poll()
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass(eq=False)
class Worker:
    """A process that serves."""

    process: subprocess.Popen
    pidfd: int
    pipe: int
    generation: int
    ready: bool = False
    stopping: bool = False


class Supervisor:
    """Starts workers, and starts them again."""

    def __init__(self, target, settings):
        self.target = target
        self.settings = settings
        self.workers = []
        self.generation = 0
        self.failed = False
        self.stops = 0
        self.told = False
        self.selector = selectors.DefaultSelector()
        self.files = Files(settings.reload_dirs) if settings.reload else None

    def run(self):
        """Supervises until SIGINT or SIGTERM; the exit status."""
        s = self.settings
        self.socket, self.port = _core.listen(
            s.host, s.port or -1, s.uds, s.fd, s.backlog
        )
        wake, self.wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.selector.register(wake, selectors.EVENT_READ, None)
        before = (
            signal.set_wakeup_fd(self.wake),
            {
                number: signal.signal(number, self.on_signal)
                for number in (signal.SIGINT, signal.SIGTERM)
            },
        )
        try:
            self.start_all()
            while self.workers or (self.files and not self.stops):
                self.turn(wake)
        finally:
            signal.set_wakeup_fd(before[0])
            for number, handler in before[1].items():
                signal.signal(number, handler)
            for worker in self.workers:
                worker.process.kill()
                worker.process.wait()
            for descriptor in (wake, self.wake, self.socket):
                os.close(descriptor)
            if s.uds and os.path.exists(s.uds):
                os.unlink(s.uds)
        return 1 if self.failed else 0

    def turn(self, wake):
        """Waits for something to happen, and sees to it."""
        timeout = self.settings.reload_delay if self.files else None
        for key, _ in self.selector.select(timeout):
            if key.fd == wake:
                os.read(wake, 4096)
            elif key.fd == key.data.pipe:
                self.heard(key.data)
            else:
                self.ended(key.data)
        if self.files and not self.stops and (changed := self.files.changed()):
            _core.log(3, f"Detected changes in '{changed}'. Reloading...")
            self.start_all()

    def start_all(self):
        """A new generation of workers."""
        self.generation += 1
        for _ in range(self.settings.workers):
            if not self.stops:
                self.start()

    def start(self):
        read, write = os.pipe2(os.O_CLOEXEC)
        words = [sys.executable, "-m", "flama", "run", self.target]
        words += [*self.settings.words(), f"--server-fd={self.socket}"]
        words += ["--server-workers=1"]
        environment = {**os.environ, READY: str(write)}
        if self.files:  # Python takes a .pyc for a source of that second and size
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        process = subprocess.Popen(
            words, pass_fds=[self.socket, write], env=environment
        )
        os.close(write)
        pidfd = os.pidfd_open(process.pid)
        worker = Worker(process, pidfd, read, self.generation)
        self.workers.append(worker)
        self.selector.register(pidfd, selectors.EVENT_READ, worker)
        self.selector.register(read, selectors.EVENT_READ, worker)

    def heard(self, worker):
        """A worker serves, or has closed its pipe by ending."""
        worker.ready = os.read(worker.pipe, 1) == b"1"
        self.selector.unregister(worker.pipe)
        if not worker.ready:
            return
        if not self.told:
            self.told = True
            say_serving(self.settings, self.port)
        current = [w for w in self.workers if w.generation == self.generation]
        if all(w.ready for w in current):
            for old in self.workers:
                if old.generation < self.generation:
                    self.stop(old)

    def ended(self, worker):
        for descriptor in (worker.pidfd, worker.pipe):
            if descriptor in self.selector.get_map():
                self.selector.unregister(descriptor)
            os.close(descriptor)
        code = worker.process.wait()
        self.workers.remove(worker)
        if self.stops or worker.stopping:
            return
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if worker.ready:
            who = f"Worker {worker.process.pid}"
            _core.log(4 if code else 2, f"{who} ended ({how}); another starts")
            self.start()
        elif self.files:
            _core.log(4, f"The application did not start ({how}): waiting for a change")
        else:
            self.failed = code != 0
            self.end()

    def stop(self, worker):
        worker.stopping = True
        worker.process.send_signal(signal.SIGTERM)

    def end(self):
        """Stops everything."""
        self.stops += 1
        for worker in self.workers:
            if self.stops > 1:
                worker.process.kill()
            else:
                self.stop(worker)

    def on_signal(self, number, _frame):
        if number == signal.SIGINT or not self.stops:
            self.end()


class Files:
    """The sources below some folders, by their times."""

    def __init__(self, folders):
        self.folders = folders.split(",") if folders else ["."]
        self.times = dict(self.look())

    def look(self):
        """(path, time) of each source."""
        for folder in self.folders:
            for root, names, files in os.walk(folder):
                names[:] = [
                    n for n in names
                    if not n.startswith(".")
                    and not os.path.exists(os.path.join(root, n, "pyvenv.cfg"))
                ]  # fmt: skip
                for name in files:
                    if name.endswith((".py", ".flm")):
                        path = os.path.join(root, name)
                        try:
                            yield path, os.stat(path).st_mtime_ns
                        except OSError:
                            continue

    def changed(self):
        """A file that changed since the last look, once it stands still; or None."""
        now = dict(self.look())
        if now == self.times:
            return None
        moved = {p for p, t in now.items() ^ self.times.items()}
        newest = max((now.get(path, 0) for path in moved), default=0)
        if time.time_ns() - newest < 50_000_000:
            return None  # still being written, perhaps
        self.times = now
        return os.path.relpath(min(moved))


def say_serving(settings, port):
    """The line that tells where."""
    where = settings.uds
    if not where:
        host = settings.host or "0.0.0.0"
        where = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    _core.log(2, f"Flama {_core.version} serving at {where}")
