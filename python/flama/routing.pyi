import collections.abc as c
import typing as t

__all__ = ["Mount", "Route"]

class Route:
    path: str
    endpoint: c.Callable[..., t.Any]
    methods: set[str]
    name: str
    include_in_schema: bool
    blocking: bool | None
    tags: t.Any
    def __init__(
        self,
        path: str,
        endpoint: c.Callable[..., t.Any],
        methods: c.Iterable[str] | None = None,
        name: str | None = None,
        *,
        include_in_schema: bool = True,
        blocking: bool | None = None,
        tags: t.Any = None,
    ) -> None: ...

class Mount:
    path: str
    app: t.Any
    name: str | None
    def __init__(self, path: str, app: t.Any, name: str | None = None) -> None: ...
