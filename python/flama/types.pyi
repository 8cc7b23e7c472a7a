import typing as t

from flama.schemas import Schema as Schema
from flama.schemas import SchemaMetadata as SchemaMetadata
from flama.schemas import SchemaType as SchemaType
from flama.url import URL as URL

__all__ = [
    "URL",
    "Body",
    "Cookies",
    "Method",
    "Path",
    "QueryString",
    "RequestData",
    "Schema",
    "SchemaMetadata",
    "SchemaType",
    "Scheme",
]

class Method(str): ...
class Scheme(str): ...
class Path(str): ...
class QueryString(str): ...
class Cookies(dict[str, str]): ...

class Body(bytes):
    __slots__ = ()

class RequestData(dict[str, t.Any]):
    @property
    def data(self) -> dict[str, t.Any]: ...
