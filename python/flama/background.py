"""Background tasks: what is done once the request has been answered.

return JSONResponse(data, background=BackgroundThreadTask(send, address))
"""

import enum
import functools
import inspect

__all__ = [
    "BackgroundProcessTask",
    "BackgroundTask",
    "BackgroundTasks",
    "BackgroundThreadTask",
    "Concurrency",
]


class Concurrency(enum.Enum):
    """Where a plain function of a task runs."""

    thread = "thread"
    process = "process"


class BackgroundTask:
    """A function, or coroutine function, with its arguments.

    Parameters
    ----------
    concurrency : Concurrency or str
        A plain function's place: a thread, or a process of its own (then the function
        and its arguments are pickled). A coroutine runs on the event loop.
    func : callable
    """

    def __init__(self, concurrency, func, *args, **kwargs):
        self.concurrency = Concurrency(getattr(concurrency, "value", concurrency))
        self.func = func
        self.args = args
        self.kwargs = kwargs

    async def __call__(self):
        if inspect.iscoroutinefunction(self.func):
            await self.func(*self.args, **self.kwargs)
        elif self.concurrency is Concurrency.thread:
            import asyncio

            await asyncio.to_thread(self.func, *self.args, **self.kwargs)
        else:
            await self._in_process()

    async def _in_process(self):
        import asyncio
        import concurrent.futures
        import multiprocessing

        call = functools.partial(self.func, *self.args, **self.kwargs)
        spawn = multiprocessing.get_context("spawn")  # frameworks hang after a fork
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=spawn) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, call)


class BackgroundThreadTask(BackgroundTask):
    """A task whose plain function runs on a thread."""

    def __init__(self, func, *args, **kwargs):
        super().__init__(Concurrency.thread, func, *args, **kwargs)


class BackgroundProcessTask(BackgroundTask):
    """A task whose plain function runs in a process."""

    def __init__(self, func, *args, **kwargs):
        super().__init__(Concurrency.process, func, *args, **kwargs)


class BackgroundTasks(BackgroundTask):
    """Several tasks, one after the other."""

    def __init__(self, tasks=None):
        self.tasks = list(tasks or [])

    def add_task(self, concurrency, func, *args, **kwargs):
        """Adds one at the end."""
        self.tasks.append(BackgroundTask(concurrency, func, *args, **kwargs))

    async def __call__(self):
        for task in self.tasks:
            await task()


running = set()  # tasks under way, which the loop itself does not keep


def start(background):
    """Starts what is to be done after an answer; a failure is told by the loop."""
    import asyncio

    task = asyncio.get_running_loop().create_task(_run(background))
    running.add(task)
    task.add_done_callback(running.discard)


async def _run(background):
    result = background()
    if inspect.isawaitable(result):
        await result


async def finished():
    """Waits for all that is under way on this loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    while mine := [task for task in running if task.get_loop() is loop]:
        await asyncio.wait(mine)
