import collections.abc as c
import contextlib
import typing as t

from flama.components import Component, Components
from flama.endpoints import HTTPEndpoint
from flama.middleware import Middleware
from flama.models.module import ModelsModule
from flama.modules import Module
from flama.resources.module import ResourcesModule
from flama.routing import Mount, Route
from flama.schemas.registry import SchemaModule
from flama.types import App
from flama.url import URL

__all__ = ["Flama"]

_F = t.TypeVar("_F", bound=c.Callable[..., t.Any])
_Methods = c.Iterable[str] | None
_Endpoint: t.TypeAlias = c.Callable[..., t.Any] | type[HTTPEndpoint]
_Event = t.Literal["startup", "shutdown"]

class Flama(App):
    debug: bool
    schema_library: str | None
    lifespan: c.Callable[[Flama], contextlib.AbstractAsyncContextManager[None]] | None
    components: Components
    schema: SchemaModule
    models: ModelsModule
    resources: ResourcesModule
    routes: list[Route | Mount]
    middleware: list[Middleware]
    modules: list[Module]
    events: dict[str, list[c.Callable[[], t.Any]]]
    def __init__(
        self,
        routes: c.Iterable[Route | Mount] | None = None,
        components: c.Iterable[Component] | None = None,
        modules: c.Iterable[Module | type[Module]] | None = None,
        middleware: c.Iterable[Middleware | type] | None = None,
        events: c.Mapping[str, c.Iterable[c.Callable[[], t.Any]]] | None = None,
        debug: bool = False,
        *,
        title: str | None = None,
        version: str | None = None,
        description: str | None = None,
        openapi: c.Mapping[str, t.Any] | None = None,
        schema: str | None = "/schema/",
        docs: str | None = "/docs/",
        schema_library: str | None = None,
        lifespan: c.Callable[[Flama], contextlib.AbstractAsyncContextManager[None]]
        | None = None,
    ) -> None: ...
    def __getattr__(self, module: str) -> t.Any: ...
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
    def resolve_url(self, name: str, **values: t.Any) -> URL: ...
    def add_component(self, component: Component) -> None: ...
    def add_middleware(
        self, middleware: Middleware | type, **options: t.Any
    ) -> None: ...
    def on_event(self, event: _Event) -> c.Callable[[_F], _F]: ...
    def add_event_handler(
        self, event: _Event, function: c.Callable[[], t.Any]
    ) -> None: ...
    def add_exception_handler(
        self,
        exception: type[BaseException] | int,
        handler: c.Callable[..., t.Any],
    ) -> None: ...
    async def __call__(
        self,
        scope: c.MutableMapping[str, t.Any],
        receive: c.Callable[[], c.Awaitable[t.Any]],
        send: c.Callable[[t.Any], c.Awaitable[None]],
    ) -> None: ...

def beside(file: str | None, name: str) -> str: ...
