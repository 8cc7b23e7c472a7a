import collections.abc as c
import typing as t

from flama.endpoints import HTTPEndpoint

__all__ = ["Mount", "Route", "WebSocketRoute"]

_Endpoint: t.TypeAlias = c.Callable[..., t.Any] | type[HTTPEndpoint]

class Route:
    path: str
    endpoint: _Endpoint
    methods: set[str]
    name: str
    include_in_schema: bool
    pagination: str | None
    blocking: bool | None
    tags: t.Any
    def __init__(
        self,
        path: str,
        endpoint: _Endpoint,
        methods: c.Iterable[str] | None = None,
        name: str | None = None,
        *,
        include_in_schema: bool = True,
        pagination: t.Literal["limit_offset", "page_number"] | None = None,
        blocking: bool | None = None,
        tags: t.Any = None,
    ) -> None: ...

class Mount:
    path: str
    app: t.Any
    name: str | None
    tags: t.Any
    def __init__(
        self, path: str, app: t.Any, name: str | None = None, *, tags: t.Any = None
    ) -> None: ...

class WebSocketRoute:
    def __init__(self, *_arguments: t.Any, **_options: t.Any) -> None: ...
