import collections.abc as c
import typing as t

__all__ = [
    "CORSMiddleware",
    "CompressionMiddleware",
    "GZipMiddleware",
    "Middleware",
    "RequestIDMiddleware",
]

class Middleware:
    app: t.Any
    middleware: t.Any
    options: dict[str, t.Any]
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
