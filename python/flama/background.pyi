import collections.abc as c
import enum
import typing as t

__all__ = [
    "BackgroundProcessTask",
    "BackgroundTask",
    "BackgroundTasks",
    "BackgroundThreadTask",
    "Concurrency",
]

class Concurrency(enum.Enum):
    thread = "thread"
    process = "process"

_Concurrency: t.TypeAlias = Concurrency | t.Literal["thread", "process"]
_P = t.ParamSpec("_P")

class BackgroundTask:
    concurrency: Concurrency
    func: c.Callable[..., t.Any]
    args: tuple[t.Any, ...]
    kwargs: dict[str, t.Any]
    def __init__(
        self,
        concurrency: _Concurrency,
        func: c.Callable[_P, t.Any],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> None: ...
    async def __call__(self) -> None: ...

class BackgroundThreadTask(BackgroundTask):
    def __init__(
        self, func: c.Callable[_P, t.Any], *args: _P.args, **kwargs: _P.kwargs
    ) -> None: ...

class BackgroundProcessTask(BackgroundTask):
    def __init__(
        self, func: c.Callable[_P, t.Any], *args: _P.args, **kwargs: _P.kwargs
    ) -> None: ...

class BackgroundTasks(BackgroundTask):
    tasks: list[BackgroundTask]
    def __init__(self, tasks: c.Iterable[BackgroundTask] | None = None) -> None: ...
    def add_task(
        self,
        concurrency: _Concurrency,
        func: c.Callable[_P, t.Any],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> None: ...

def start(background: c.Callable[[], t.Any]) -> None: ...
async def finished() -> None: ...
