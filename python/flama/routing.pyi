import collections.abc as c
import contextlib
import typing as t

from flama.components import Component, Components
from flama.endpoints import HTTPEndpoint

__all__ = ["Mount", "Route", "Router", "Routes", "WebSocketRoute"]

_F = t.TypeVar("_F", bound=c.Callable[..., t.Any])
_Methods = c.Iterable[str] | None

_Endpoint: t.TypeAlias = c.Callable[..., t.Any] | type[HTTPEndpoint]

class Routes:
    def add_component(self, component: Component) -> None: ...
    def add_route(
        self,
        path: str | None = None,
        endpoint: _Endpoint | None = None,
        methods: _Methods = None,
        name: str | None = None,
        *,
        route: Route | None = None,
        **options: t.Any,
    ) -> Route: ...
    def route(
        self,
        path: str,
        methods: _Methods = None,
        name: str | None = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
    def get(
        self,
        path: str,
        name: str | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
    def head(
        self,
        path: str,
        name: str | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
    def post(
        self,
        path: str,
        name: str | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
    def put(
        self,
        path: str,
        name: str | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
    def patch(
        self,
        path: str,
        name: str | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
    def delete(
        self,
        path: str,
        name: str | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
    def options(
        self,
        path: str,
        name: str | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
    def add_get(
        self,
        path: str | None = None,
        endpoint: _Endpoint | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> Route: ...
    def add_head(
        self,
        path: str | None = None,
        endpoint: _Endpoint | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> Route: ...
    def add_post(
        self,
        path: str | None = None,
        endpoint: _Endpoint | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> Route: ...
    def add_put(
        self,
        path: str | None = None,
        endpoint: _Endpoint | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> Route: ...
    def add_patch(
        self,
        path: str | None = None,
        endpoint: _Endpoint | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> Route: ...
    def add_delete(
        self,
        path: str | None = None,
        endpoint: _Endpoint | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> Route: ...
    def add_options(
        self,
        path: str | None = None,
        endpoint: _Endpoint | None = None,
        *,
        methods: _Methods = None,
        **options: t.Any,
    ) -> Route: ...
    def mount(
        self,
        path: str | None = None,
        app: t.Any = None,
        name: str | None = None,
        *,
        mount: Mount | None = None,
        **options: t.Any,
    ) -> Mount: ...
    def websocket_route(self, *_arguments: t.Any, **_options: t.Any) -> t.NoReturn: ...
    def add_websocket_route(
        self, *_arguments: t.Any, **_options: t.Any
    ) -> t.NoReturn: ...

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

class Router(Routes):
    routes: list[Route | Mount]
    app: t.Any
    components: Components
    lifespan: c.Callable[[t.Any], contextlib.AbstractAsyncContextManager[None]] | None
    def __init__(
        self,
        routes: c.Iterable[Route | Mount] | None = None,
        *,
        app: t.Any = None,
        components: c.Iterable[Component] | None = None,
        lifespan: c.Callable[[t.Any], contextlib.AbstractAsyncContextManager[None]]
        | None = None,
    ) -> None: ...
