"""Serving: asyncio's loop, in which the core is the selector.

Where asyncio waits for descriptors, the core serves: requests that it can answer itself
without the interpreter, those for Python handlers by ending the wait. Threads of the
core accept the connections, and keep those that ask for nothing of Python.
"""

import asyncio
import importlib
import importlib.util
import math
import os
import selectors
import signal
import sys
import threading
import time
import traceback

from flama import _core, workers
from flama.settings import Settings

__all__ = ["run"]


def run(flama_app=None, settings=None, **options):
    """Serves an application until SIGINT or SIGTERM.

    Parameters
    ----------
    flama_app : Flama or str
        The application, or where it is: "module:app", "file.py:app". With several
        workers, or to be reloaded, it must be a text.
    server_host, server_port, server_workers, ... : optional
        The options of `flama run`, with underscores.

    Returns
    -------
    int
        The exit status: 0 after a graceful stop.
    """
    settings = settings or Settings.of(options)
    settings.start_log()
    if settings.trust:
        os.environ["FLAMA_TRUST"] = "1"  # for the processes that serve, too
    if (settings.reload or settings.workers > 1) and not workers.is_worker():
        if not isinstance(flama_app, str):
            raise TypeError(
                "with several workers or reloading, name the application: 'module:app'"
            )
        return workers.Supervisor(_portable(flama_app), settings).run()
    app = load(flama_app, settings) if isinstance(flama_app, str) else flama_app
    return serve(app, settings)


def _portable(target):
    """The target as another process finds it: "__main__:app" is this script."""
    module, _, name = target.partition(":")
    main = sys.modules["__main__"]
    if module != "__main__":
        return target
    if getattr(main, "__spec__", None):
        return f"{main.__spec__.name}:{name}"
    return f"{os.path.abspath(main.__file__)}:{name}"


def load(target, settings):
    """The application at "module:app" or "file.py:app"."""
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise SystemExit(f"Error: '{target}' names no app: write MODULE:APP")
    folder = os.path.abspath(settings.app_dir)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    found = _load_file(place) if place.endswith(".py") else _load_module(place)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise SystemExit(f"Error: '{place}' has no '{name}'") from None
    return found() if settings.factory else found


def _load_module(name):
    if name in sys.modules:
        return sys.modules[name]
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        raise SystemExit(f"Error: there is no module '{name}' in {os.getcwd()}")
    return importlib.import_module(name)


def _load_file(path):
    """A script as a module of its own name, beside which its imports are found."""
    name = os.path.splitext(os.path.basename(path))[0]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def spawn(coroutine):
    """A Task that has run to its first wait already."""
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        return asyncio.Task(coroutine, loop=loop, eager_start=True)
    if asyncio.current_task(loop) is not None or not hasattr(loop, "__dict__"):
        return loop.create_task(coroutine)
    first = []
    loop.call_soon = lambda step, context=None: first.append((step, context))
    try:
        task = asyncio.Task(coroutine, loop=loop)
    finally:
        del loop.call_soon
    step, context = first[0]
    context.run(step)
    return task


async def run_in_pool(function, arguments, names):
    """What the function returns, called on another thread."""
    return await asyncio.to_thread(function, *arguments, **names)


_core.set_hooks(
    run_in_pool=run_in_pool,
    running_loop=asyncio._get_running_loop,
    set_running_loop=asyncio._set_running_loop,
    spawn=spawn,
)


class Selector(selectors.EpollSelector):
    """What asyncio waits with: while an app is served, by serving it."""

    core = None

    def serve(self, core, **options):
        """Begins to serve an app of the core: its port, and a future for the end."""
        port = core.serve(self.fileno(), **options)
        self.core = core
        self.ended = asyncio.get_running_loop().create_future()
        return port, self.ended

    def select(self, timeout=None):
        """Serves until there is something to do for asyncio."""
        if self.core is None:
            return super().select(timeout)
        readable = self.core.turn(-1 if timeout is None else math.ceil(timeout * 1000))
        if readable is None:
            self.core = None
            self.ended.set_result(None)
        return super().select(0) if readable else []


class Signals:
    """SIGINT and SIGTERM stop the server gracefully; a second SIGINT leaves at once.

    Python runs a signal's function between two steps of whatever its main thread does,
    a handler that never returns included; the pipe wakes the loop for it.
    """

    def __init__(self, core, loop):
        self.core = core
        self.loop = loop
        self.stopping = False

    def __enter__(self):
        self.read, self.write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.loop.add_reader(self.read, os.read, self.read, 4096)
        self.fd = signal.set_wakeup_fd(self.write)
        self.before = {
            number: signal.signal(number, self.stop)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *_exception):
        for number, handler in self.before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self.fd)
        self.loop.remove_reader(self.read)
        os.close(self.read)
        os.close(self.write)

    def stop(self, number, _frame):
        if self.stopping and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.stopping = True
        self.core.stop()


class Watchdog:
    """Tells in the log what a handler does that holds the interpreter for longer than a
    request may take; its client has been answered 504 by then."""

    def __init__(self, limit):
        self.limit = limit
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.watched = threading.get_ident()

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_exception):
        self.ended.set()

    def watch(self):
        told = None
        while not self.ended.wait(self.limit / 2):
            running = _core.running()
            if running is None or running == told:
                continue
            name, since = running
            if time.monotonic() - since > self.limit:
                told = running
                self.tell(name)

    def tell(self, name):
        _core.log(4, f"the handler '{name}' has run for over {self.limit:g} s, at:")
        frame = sys._current_frames().get(self.watched)
        for line in "".join(traceback.format_stack(frame)[-8:]).rstrip().split("\n"):
            _core.log(4, line)


def _say_ready(settings, port):
    if workers.is_worker():
        workers.say_ready()
    else:
        workers.say_serving(settings, port)


async def _serve(app, settings, selector):
    """Serves until all has ended; why it could not, or None."""
    async with app._running():
        with (
            Signals(app._serving, asyncio.get_running_loop()) as signals,
            Watchdog(settings.timeout_request),
        ):
            try:
                port, ended = selector.serve(app._serving, **settings.server())
            except _core.CoreError as failure:
                return failure
            if signals.stopping:  # before there was anything to stop
                app._serving.stop()
            _say_ready(settings, port)
            await ended
            return None


def serve(app, settings):
    """Serves an application with its settings; the exit status."""
    if settings.debug:
        app.debug = app._options["debug"] = True
    if settings.root_path:
        app._options["root_path"] = settings.root_path
    app._start()
    selector = Selector()
    failure = _run(
        _serve(app, settings, selector), lambda: asyncio.SelectorEventLoop(selector)
    )
    if failure:
        _core.log(4, str(failure))
        return 1
    return 0


def _run(coroutine, new_loop):
    """asyncio.run in a loop of one's own."""
    if hasattr(asyncio, "Runner"):  # from Python 3.11
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(coroutine)

    def new_loop_once():  # a handler may call asyncio.run, which closes its loop
        asyncio.set_event_loop_policy(None)
        return new_loop()

    policy = asyncio.DefaultEventLoopPolicy()
    policy.new_event_loop = new_loop_once
    asyncio.set_event_loop_policy(policy)
    return asyncio.run(coroutine)
