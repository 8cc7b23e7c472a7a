"""Requests and answers, for handlers that want them in their own hands."""

import enum
import urllib.parse

from flama import _core
from flama._encode import encode

__all__ = [
    "HTMLResponse",
    "JSONResponse",
    "Method",
    "PlainTextResponse",
    "RedirectResponse",
    "Request",
    "Response",
]


class Method(str, enum.Enum):  # noqa: UP042 (Python 3.10 has no StrEnum)
    """The methods of HTTP."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    OPTIONS = "OPTIONS"
    PATCH = "PATCH"


class Headers(dict):
    """Header fields by lower-case name; several of one name are joined by commas."""

    def __init__(self, pairs=()):
        super().__init__()
        for name, value in pairs:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self[key] = f"{self[key]}, {text}" if key in self else text

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def __contains__(self, name):
        return super().__contains__(name.lower())

    def get(self, name, default=None):
        """The field's text, whatever the case of its name."""
        return super().get(name.lower(), default)


class Request:
    """What the client asked, as it was read.

    Attributes
    ----------
    method, target, path, query, scheme, client : str
    headers : Headers
    body : bytes
    """

    def __init__(self, method, target, path, query, headers, body, client, scheme):
        self.method = method
        self.target = target
        self.path = path
        self.query = query
        self.headers = Headers(headers)
        self._body = body if isinstance(body, bytes) else body.encode()
        self.client = client
        self.scheme = scheme

    @property
    def query_params(self):
        """The query's parameters; of equal names the last counts."""
        return dict(urllib.parse.parse_qsl(self.query, keep_blank_values=True))

    async def body(self):
        """The body's bytes."""
        return self._body

    async def json(self):
        """The body, read as JSON."""
        import json

        return json.loads(self._body)


class Response:
    """An answer: bytes or text with a content type.

    Parameters
    ----------
    content : bytes or str, optional
    status_code : int
    headers : mapping, optional
    media_type : str, optional
    """

    media_type = None
    charset = "utf-8"

    def __init__(self, content=None, status_code=200, headers=None, media_type=None):
        self.status_code = int(status_code)
        self.headers = {str(k).lower(): str(v) for k, v in (headers or {}).items()}
        if media_type is not None:
            self.media_type = media_type
        self.body = self.render(content)

    def render(self, content):
        """The bytes of the content."""
        if content is None:
            return b""
        return content if isinstance(content, bytes) else str(content).encode()

    @property
    def content_type(self):
        """The media type, with its charset where it is text."""
        if "content-type" in self.headers:
            return self.headers["content-type"]
        kind = self.media_type or ""
        if kind.startswith("text/") and "charset=" not in kind:
            kind = f"{kind}; charset={self.charset}"
        return kind

    def _answer(self):
        fields = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in self.headers.items()
            if name not in ("content-type", "content-length")
        ]
        return self.status_code, self.content_type.encode(), self.body, fields


class PlainTextResponse(Response):
    """Text."""

    media_type = "text/plain"


class HTMLResponse(Response):
    """A page."""

    media_type = "text/html"


class JSONResponse(Response):
    """Data, printed as the core prints what handlers return."""

    media_type = "application/json"

    def render(self, content):
        return _core.dumps(content)


class RedirectResponse(Response):
    """Sends the client elsewhere."""

    def __init__(self, url, status_code=307, headers=None):
        safe = urllib.parse.quote(str(url), safe=":/%#?=@[]!$&'()*+,;")
        super().__init__(b"", status_code, {**(headers or {}), "location": safe})


_core.set_hooks(encode=encode, request=Request, response=Response)
