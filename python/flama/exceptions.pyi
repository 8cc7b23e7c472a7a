import collections.abc as c
import typing as t

__all__ = [
    "ApplicationError",
    "FlamaException",
    "HTTPException",
    "MethodNotAllowedException",
    "NotFoundException",
    "ResourceAttributeError",
    "ResourceModelNotFound",
    "SerializationError",
    "ValidationError",
]

class FlamaException(Exception): ...

class ApplicationError(FlamaException):
    problems: list[str]
    def __init__(self, problems: str | c.Iterable[str]) -> None: ...

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
    def __init__(self, detail: t.Any = None) -> None: ...

class MethodNotAllowedException(HTTPException):
    def __init__(self, detail: t.Any = None) -> None: ...

class ValidationError(HTTPException, ValueError):
    def __init__(self, detail: t.Any = None, status_code: int = 400) -> None: ...

class SerializationError(HTTPException, ValueError):
    def __init__(self, detail: t.Any = None, status_code: int = 500) -> None: ...
