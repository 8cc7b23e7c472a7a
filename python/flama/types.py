"""Types for annotations: of schemas, and of parts of the request."""

from flama.schemas import Schema, SchemaMetadata, SchemaType
from flama.url import URL

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


class Method(str):
    """The request's method."""


class Scheme(str):
    """What the request came by: http or https."""


class Path(str):
    """The request's path."""


class QueryString(str):
    """What stands behind the question mark."""


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
