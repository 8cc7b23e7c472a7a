import collections.abc as c
import enum
import typing as t
from dataclasses import dataclass

from flama.schemas import Schema as Schema
from flama.schemas import SchemaMetadata as SchemaMetadata
from flama.schemas import SchemaType as SchemaType
from flama.url import URL as URL

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

Scope: t.TypeAlias = c.MutableMapping[str, t.Any]
Message: t.TypeAlias = c.MutableMapping[str, t.Any]
Receive: t.TypeAlias = c.Callable[[], c.Awaitable[Message]]
Send: t.TypeAlias = c.Callable[[Message], c.Awaitable[None]]

class App: ...

class FileFormat(str, enum.Enum):  # noqa: UP042
    ini = "ini"
    json = "json"
    yaml = "yaml"
    toml = "toml"

class Method(str): ...
class Scheme(str): ...
class Path(str): ...
class QueryString(str): ...
class Header(str): ...
class QueryParam(str): ...
class PathParam(str): ...
class PathParams(dict[str, t.Any]): ...

@dataclass
class Server:
    host: str
    port: int | None

class Cookies(dict[str, str]): ...

class Body(bytes):
    __slots__ = ()

class RequestData(dict[str, t.Any]):
    @property
    def data(self) -> dict[str, t.Any]: ...
