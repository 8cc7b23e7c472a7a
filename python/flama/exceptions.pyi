import collections.abc as c
import typing as t

__all__ = [
    "ApplicationError",
    "DecodeError",
    "DependencyNotInstalled",
    "FlamaException",
    "FrameworkNotInstalled",
    "FrameworkVersionWarning",
    "HTTPException",
    "MethodNotAllowedException",
    "NoCodecAvailable",
    "NotFoundException",
    "ResourceAttributeError",
    "ResourceModelNotFound",
    "SerializationError",
    "ValidationError",
    "WebSocketException",
]

class FlamaException(Exception): ...

class ApplicationError(FlamaException):
    problems: list[str]
    def __init__(self, problems: str | c.Iterable[str]) -> None: ...

class DependencyNotInstalled(ApplicationError, ImportError):
    dependency: t.Any
    dependant: str | None
    def __init__(
        self, *, dependency: t.Any = None, dependant: str | None = None, msg: str = ""
    ) -> None: ...

class FrameworkNotInstalled(FlamaException, ImportError): ...
class FrameworkVersionWarning(UserWarning): ...
class NoCodecAvailable(FlamaException): ...
class DecodeError(FlamaException, ValueError): ...

class WebSocketException(FlamaException):
    code: int
    reason: str
    def __init__(self, code: int, reason: str | None = None) -> None: ...

class ResourceAttributeError(ApplicationError, AttributeError): ...
class ResourceModelNotFound(ResourceAttributeError): ...

class HTTPException(FlamaException):
    error: str
    status_code: int
    detail: t.Any
    headers: dict[str, str]
    def __init__(
        self,
        status_code: int,
        detail: t.Any = None,
        headers: c.Mapping[str, str] | None = None,
    ) -> None: ...

class NotFoundException(HTTPException):
    path: str | None
    params: c.Mapping[str, t.Any] | None
    name: str | None
    def __init__(
        self,
        path: str | None = None,
        params: c.Mapping[str, t.Any] | None = None,
        name: str | None = None,
    ) -> None: ...

class MethodNotAllowedException(HTTPException):
    path: str
    method: str
    allowed: c.Iterable[str]
    def __init__(self, path: str, method: str, allowed: c.Iterable[str]) -> None: ...

class ValidationError(HTTPException, ValueError):
    def __init__(self, detail: t.Any = None, status_code: int = 400) -> None: ...

class SerializationError(HTTPException, ValueError):
    def __init__(self, detail: t.Any = None, status_code: int = 500) -> None: ...
