import collections.abc as c
import contextlib
import typing as t

from flama.components import Component, Components
from flama.middleware import Middleware
from flama.models.module import ModelsModule
from flama.modules import Module
from flama.resources.module import ResourcesModule
from flama.routing import Mount, Route, Routes
from flama.schemas.registry import SchemaModule
from flama.types import App
from flama.url import URL

__all__ = ["Flama"]

_F = t.TypeVar("_F", bound=c.Callable[..., t.Any])
_Event = t.Literal["startup", "shutdown"]

class Flama(App, Routes):
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
    @property
    def router(self) -> Flama: ...
    def resolve_url(self, name: str, **values: t.Any) -> URL: ...
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
