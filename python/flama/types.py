"""Types for annotations: of schemas, and of parts of the request."""

import collections.abc
import enum
import typing
from dataclasses import dataclass

from flama.schemas import Schema, SchemaMetadata, SchemaType
from flama.url import URL

__all__ = [
    "URL",
    "App",
    "Body",
    "Cookies",
    "FileFormat",
    "Header",
    "Message",
    "Method",
    "Path",
    "PathParam",
    "PathParams",
    "QueryParam",
    "QueryString",
    "Receive",
    "RequestData",
    "Schema",
    "SchemaMetadata",
    "SchemaType",
    "Scheme",
    "Scope",
    "Send",
    "Server",
]

# What ASGI applications are called with.
Scope = Message = collections.abc.MutableMapping[str, typing.Any]
Receive = collections.abc.Callable[[], collections.abc.Awaitable[Message]]
Send = collections.abc.Callable[[Message], collections.abc.Awaitable[None]]


class App:
    """The application itself; Flama is one."""


class FileFormat(str, enum.Enum):  # noqa: UP042 (Python 3.10 has no StrEnum)
    """The formats of files of configuration."""

    ini = "ini"
    json = "json"
    yaml = "yaml"
    toml = "toml"


class Method(str):
    """The request's method."""


class Scheme(str):
    """What the request came by: http or https."""


class Path(str):
    """The request's path."""


class QueryString(str):
    """What stands behind the question mark."""


class Header(str):
    """The header named as the parameter, "-" for "_"."""


class QueryParam(str):
    """The query's parameter named as the parameter."""


class PathParam(str):
    """The path's parameter named as the parameter."""


class PathParams(dict):
    """All parameters of the path by name."""


@dataclass
class Server:
    """The host and the port that the client named; None without a port."""

    host: str
    port: int | None


class Cookies(dict):
    """The request's cookies by name."""


class Body(bytes):
    """The request's body as it came."""

    __slots__ = ()


class RequestData(dict):
    """The request's body, an object of any content."""

    @property
    def data(self):
        """The object itself."""
        return dict(self)
