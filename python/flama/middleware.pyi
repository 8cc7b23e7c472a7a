import collections.abc as c
import typing as t

from flama import http

_Scope: t.TypeAlias = c.MutableMapping[str, t.Any]
_Receive: t.TypeAlias = c.Callable[[], c.Awaitable[t.Any]]
_Send: t.TypeAlias = c.Callable[[t.Any], c.Awaitable[None]]

__all__ = [
    "BaseHTTPMiddleware",
    "CORSMiddleware",
    "CompressionMiddleware",
    "CorrelationIdMiddleware",
    "GZipMiddleware",
    "HTTPSRedirectMiddleware",
    "Middleware",
    "RequestIDMiddleware",
    "TrustedHostMiddleware",
]

class Middleware:
    app: t.Any
    middleware: t.Any
    options: dict[str, t.Any] | None
    def __init__(self, middleware: t.Any = None, **options: t.Any) -> None: ...
    @property
    def is_native(self) -> bool: ...
    @classmethod
    def of(cls, given: t.Any, **options: t.Any) -> Middleware: ...
    def around(self, app: t.Any) -> t.Any: ...

class CORSMiddleware(Middleware):
    given: dict[str, t.Any]
    def __init__(
        self,
        *,
        allow_origins: str | c.Iterable[str] = (),
        allow_methods: str | c.Iterable[str] = ("GET",),
        allow_headers: str | c.Iterable[str] = (),
        allow_credentials: bool = False,
        expose_headers: str | c.Iterable[str] = (),
        max_age: int = 600,
    ) -> None: ...
    def add_to(self, core: t.Any) -> None: ...

class GZipMiddleware(Middleware):
    minimum_size: int
    def __init__(self, minimum_size: int = 1024) -> None: ...
    def add_to(self, core: t.Any) -> None: ...

class CompressionMiddleware(GZipMiddleware):
    def __init__(self, minimum_size: int = 500) -> None: ...

class RequestIDMiddleware(Middleware):
    def add_to(self, core: t.Any) -> None: ...

class BaseHTTPMiddleware(Middleware):
    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None: ...
    async def before(self, request: http.Request) -> http.Response | None: ...
    async def after(
        self, request: http.Request, response: http.Response
    ) -> http.Response: ...
    async def error(
        self, request: http.Request, exc: Exception
    ) -> http.Response | None: ...

class TrustedHostMiddleware(Middleware):
    allowed: list[str]
    www_redirect: bool
    def __init__(
        self, allowed_hosts: c.Sequence[str] | None = None, www_redirect: bool = True
    ) -> None: ...
    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None: ...

class HTTPSRedirectMiddleware(Middleware):
    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None: ...

class CorrelationIdMiddleware(Middleware):
    header: bytes
    def __init__(self, header: str = "X-Correlation-Id") -> None: ...
    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None: ...
