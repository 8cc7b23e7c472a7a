"""Serving: loops of the core on threads of their own, and asyncio for Python's part.

The core's threads own the sockets. What they can answer themselves they do without the
interpreter; a request for a Python handler comes through the core's inbox, whose
descriptor the event loop of this thread watches.
"""

import asyncio
import importlib
import os
import signal
import sys

from flama import _core

__all__ = ["run", "serve"]

LEVELS = ["trace", "debug", "info", "warning", "error", "critical"]


def run(flama_app=None, **options):
    """Serves an application until SIGINT or SIGTERM.

    Parameters
    ----------
    flama_app : Flama or str
        The application, or where it is: "module:app".
    server_host, server_port, server_workers, ... : optional
        The options of `flama run`, with underscores.
    """
    from flama.cli import Settings

    settings = Settings.of(options)
    app = load(flama_app) if isinstance(flama_app, str) else flama_app
    return serve(app, settings)


def load(target):
    """The application at "module:app"; the working directory is searched first."""
    module, _, name = target.partition(":")
    if not name:
        raise ValueError(f"{target!r} names no app: write MODULE:APP")
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


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


_core.set_hooks(
    running_loop=asyncio._get_running_loop,
    set_running_loop=asyncio._set_running_loop,
    spawn=spawn,
)


class Signals:
    """SIGINT and SIGTERM stop the server gracefully; a second SIGINT leaves at once."""

    def __init__(self, core):
        self.core = core
        self.stopping = False

    def __enter__(self):
        self.before = {
            number: signal.signal(number, self.stop)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *_exception):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def stop(self, number, _frame):
        if self.stopping and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.stopping = True
        self.core.stop()


async def _serve(app, options):
    """Serves until the core's threads have ended."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    await app._signal("startup")
    loop.add_reader(_core.inbox_fileno(), _core.drain)
    try:
        with Signals(app._core):
            app._core.serve(lambda _port: None, ended.set_result, **options)
            failure = await ended
        await app._signal("shutdown")
    finally:
        loop.remove_reader(_core.inbox_fileno())
    return failure


def serve(app, settings):
    """Serves an application with parsed settings; the exit status."""
    settings.start_log()
    if settings.debug:
        app.debug = app._options["debug"] = True
    app._start()
    failure = asyncio.run(_serve(app, settings.server()))
    if failure:
        _core.log(4, str(failure))
        return 1
    return 0
