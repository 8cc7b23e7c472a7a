"""Requests and answers, for handlers that want them in their own hands."""

import contextvars
import enum
import io
import json
import os
import re
import urllib.parse

from flama import _core
from flama._absent import names_of
from flama._encode import encode
from flama.url import URL

__all__ = [
    "APIErrorResponse",
    "APIResponse",
    "Address",
    "FileResponse",
    "HTMLResponse",
    "HTMLTemplateResponse",
    "Headers",
    "JSONResponse",
    "Method",
    "NDJSONResponse",
    "PlainTextResponse",
    "QueryParams",
    "RedirectResponse",
    "Request",
    "Response",
    "ServerSentEvent",
    "ServerSentEventResponse",
    "State",
    "StreamingResponse",
    "UploadFile",
]

__getattr__ = names_of(__name__)


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


class QueryParams(dict):
    """A query's parameters by name; of equal names the last counts."""

    def __init__(self, query=""):
        self._pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        super().__init__(self._pairs)

    def multi_items(self):
        """All names with their values, in order."""
        return iter(self._pairs)

    def get_values(self, name):
        """All values of a name."""
        return [value for key, value in self._pairs if key == name]


class Address(str):
    """Where a request came from: a text, "host:port", with both as attributes."""

    __slots__ = ()

    @property
    def host(self):
        """The address alone."""
        return self.rpartition(":")[0].strip("[]")

    @property
    def port(self):
        """The port; 0 where there is none, as on a Unix socket."""
        port = self.rpartition(":")[2]
        return int(port) if port.isdecimal() else 0


class State(dict):
    """Values by name, found as attributes, too."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the state has no {name!r}") from None

    __setattr__ = dict.__setitem__

    def __delattr__(self, name):
        self.__getattr__(name)
        del self[name]


# The ASGI scope of the request that is being answered, where there is one.
current_scope = contextvars.ContextVar("flama.scope", default=None)


def _state_of(scope):
    """The state of a request of ASGI, which middleware and handlers share."""
    if not isinstance(scope.get("state"), State):
        scope["state"] = State(scope.get("state") or ())
    return scope["state"]


class Request:
    """What the client asked, as it was read.

    Attributes
    ----------
    method, target, path, query, scheme : str
    client : Address
    headers : Headers
    state : State
        For the application's own use: what middleware leaves here, handlers find.
    app : Flama
        The application; None in a request that was made by hand.
    """

    _path_reader = None  # of the route, once there is one

    def __init__(self, method, target, path, query, headers, body, client, scheme):
        self.method = method
        self.target = target
        self.path = path
        self.query = query
        self.headers = Headers(headers)
        self._body = body if isinstance(body, bytes) else body.encode()
        self.client = Address(client)
        self.scheme = scheme
        self._set_scope(current_scope.get() or {})

    @classmethod
    def of_scope(cls, scope, body=b""):
        """The request of an ASGI scope, for middleware."""
        query, client = scope.get("query_string", b""), scope.get("client")
        raw = scope.get("raw_path") or urllib.parse.quote(scope["path"]).encode()
        request = cls(
            scope["method"],
            (raw + (b"?" + query if query else b"")).decode("latin-1"),
            scope["path"],
            query.decode("latin-1"),
            scope["headers"],
            body,
            f"{client[0]}:{client[1]}" if client else "",
            scope.get("scheme", "http"),
        )
        request._set_scope(scope)
        return request

    def _set_scope(self, scope):
        self._scope = scope
        self.state = _state_of(scope)
        self.app = scope.get("app")

    @property
    def path_params(self):
        """The parameters of the route's path by name, as its converters make them; none
        where no route is known yet, as in middleware."""
        return self._path_reader(self.path) if self._path_reader else {}

    @property
    def session(self):
        """What a middleware of sessions (Starlette's) has put into the scope."""
        return self._scope["session"]

    @property
    def correlation_id(self):
        """The id that CorrelationIdMiddleware gave; None without it."""
        return self._scope.get("correlation_id")

    @property
    def url(self):
        """The whole URL, of the host that the client named."""
        return URL(f"{self.scheme}://{self.headers.get('host', '')}{self.target}")

    @property
    def query_params(self):
        """The query's parameters, a QueryParams."""
        return QueryParams(self.query)

    @property
    def cookies(self):
        """The cookies by name."""
        found = {}
        for part in self.headers.get("cookie", "").split(";"):
            name, equals, value = part.strip().partition("=")
            if equals:
                found[name] = value.strip('"')
        return found

    async def body(self):
        """The body's bytes."""
        return self._body

    async def stream(self):
        """The body's bytes in pieces; the last is empty."""
        if self._body:
            yield self._body
        yield b""

    async def json(self):
        """The body, read as JSON."""
        return json.loads(self._body)

    async def form(self):
        """The fields of a form: texts, and files as UploadFile; of equal names the last
        counts.

        Raises
        ------
        HTTPException
            400 for a form that is none, 415 for another content type.
        """
        import email.message

        from flama.exceptions import HTTPException

        message = email.message.Message()
        message["content-type"] = self.headers.get("content-type", "")
        kind = message.get_content_type()
        if kind == "application/x-www-form-urlencoded":
            text = self._body.decode("utf-8", "replace")
            return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        if kind != "multipart/form-data":
            raise HTTPException(415)
        boundary = message.get_param("boundary")
        if not isinstance(boundary, str) or not boundary:
            raise HTTPException(400, "the form names no boundary")
        return dict(self._parts(b"\r\n--" + boundary.encode("latin-1", "replace")))

    def _parts(self, boundary):
        """The parts of multipart/form-data (RFC 7578)."""
        import email

        from flama.exceptions import HTTPException

        _, *parts = (b"\r\n" + self._body).split(boundary)
        if not parts or not parts.pop().startswith(b"--"):
            raise HTTPException(400, "the form has no end")
        for part in parts:
            head, blank, content = part.partition(b"\r\n\r\n")
            fields = email.message_from_bytes(head.lstrip())
            name = fields.get_param("name", header="content-disposition")
            if not blank or name is None:
                raise HTTPException(400, "a part of the form has no name")
            file = fields.get_filename()
            kind = fields.get_content_type()
            yield (
                name if isinstance(name, str) else name[2],
                content.decode("utf-8", "replace")
                if file is None
                else UploadFile(file, kind, content),
            )


class UploadFile:
    """A file of a form.

    Attributes
    ----------
    filename, content_type : str
    size : int
    """

    def __init__(self, filename, content_type, content):
        self.filename = filename
        self.content_type = content_type
        self.size = len(content)
        self.file = io.BytesIO(content)

    async def read(self, size=-1):
        """The next bytes."""
        return self.file.read(size)

    async def seek(self, offset):
        """Goes to a place."""
        self.file.seek(offset)

    async def close(self):
        """Lets go of it."""
        self.file.close()


class Response:
    """An answer: bytes or text with a content type.

    Parameters
    ----------
    content : bytes or str, optional
    status_code : int
    headers : mapping, optional
    media_type : str, optional
    background : BackgroundTask, optional
        Done once the request has been answered.
    """

    media_type = None
    charset = "utf-8"
    background = None
    cookies = ()

    def __init__(
        self,
        content=None,
        status_code=200,
        headers=None,
        media_type=None,
        background=None,
    ):
        self._begin(status_code, headers, media_type, background)
        self.body = self.render(content)
        if self.body and self.status_code in BODILESS:
            raise ValueError(f"HTTP has no body with the status {self.status_code}")

    def _begin(self, status_code, headers, media_type, background):
        self.status_code = int(status_code)
        if not 200 <= self.status_code <= 599:
            raise ValueError(f"an answer's status is 200 to 599, not {status_code}")
        self.headers = {str(k).lower(): str(v) for k, v in (headers or {}).items()}
        if media_type is not None:
            self.media_type = media_type
        self._fields()  # what can't be sent is told of where it is written
        self.background = background

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

    def set_cookie(
        self,
        key,
        value="",
        max_age=None,
        expires=None,
        path="/",
        domain=None,
        secure=False,
        httponly=False,
        samesite="lax",
    ):
        """Has the client keep a cookie (RFC 6265)."""
        import http.cookies

        cookie = http.cookies.SimpleCookie()
        cookie[key] = value
        given = {
            "max-age": max_age,
            "expires": expires,
            "path": path,
            "domain": domain,
            "secure": secure,
            "httponly": httponly,
            "samesite": samesite,
        }
        for name, setting in given.items():
            if setting is not None and setting is not False:
                cookie[key][name] = setting
        self.cookies = (*self.cookies, cookie.output(header="").strip())

    def delete_cookie(self, key, path="/", domain=None):
        """Has the client forget a cookie."""
        self.set_cookie(key, max_age=0, path=path, domain=domain)

    async def __call__(self, scope, receive, send):
        """Answers as an ASGI application, for middleware and handlers of exceptions."""
        status, kind, body, fields = self._answer()
        fields.append((b"content-length", b"%d" % len(body)))
        await send(_start(status, kind, fields))
        await send({"type": "http.response.body", "body": body})

    def _answer(self, _asked=(None, None)):
        self._begin_background()
        return self._head()

    def _begin_background(self):
        if self.background is not None:
            from flama.background import start

            start(self.background)

    def _fields(self):
        """The content type and the other fields, which it checks."""
        fields = [
            (_token(name), _checked(name, value))
            for name, value in self.headers.items()
            if name not in ("content-type", "content-length")
        ]
        fields += [(b"set-cookie", _checked("set-cookie", one)) for one in self.cookies]
        return _checked("content-type", self.content_type), fields

    def _head(self):
        kind, fields = self._fields()
        return self.status_code, kind, self.body, fields


BODILESS = {204, 205, 304}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def _token(name):
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} can't be the name of a header")
    return name.encode()


def _checked(name, value):
    """The bytes of a header's value."""
    if _CONTROL.search(value):
        raise ValueError(
            f"the header {name!r} can't be {value!r}: it has a line's end "
            "or another control character"
        )
    return value.encode("latin-1")


def _start(status, kind, fields):
    """The message of ASGI that begins an answer."""
    fields = [(b"content-type", kind), *fields] if kind else fields
    return {"type": "http.response.start", "status": status, "headers": fields}


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


class APIResponse(JSONResponse):
    """Data that are what a schema says, as the library of the schema writes them.

    Parameters
    ----------
    schema : object, optional

    Raises
    ------
    SerializationError
        When they are not.
    """

    def __init__(self, content=None, *arguments, schema=None, **options):
        if schema is not None:
            from flama.schemas import libraries

            content = libraries.known(schema).dumper(schema, False)(content)
        super().__init__(content, *arguments, **options)


class APIErrorResponse(JSONResponse):
    """What every error is answered with."""

    def __init__(
        self,
        detail="",
        status_code=400,
        exception=None,
        headers=None,
        background=None,
    ):
        error = None if exception is None else type(exception).__name__
        content = {"status_code": int(status_code), "detail": detail, "error": error}
        super().__init__(content, status_code, headers, background=background)


class HTMLTemplateResponse(HTMLResponse):
    """A page that Jinja makes of a template in the folder `templates`.

    Parameters
    ----------
    template : str
        The file's name.
    context : dict, optional
        What the template may use.
    """

    folder = "templates"

    def __init__(self, template, context=None, *arguments, **options):
        try:
            import jinja2
        except ImportError:
            from flama.exceptions import DependencyNotInstalled

            raise DependencyNotInstalled(
                dependency="jinja2", dependant="HTMLTemplateResponse"
            ) from None
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self.folder), autoescape=True
        )
        page = environment.get_template(template).render(context or {})
        super().__init__(page, *arguments, **options)


class RedirectResponse(Response):
    """Sends the client elsewhere."""

    def __init__(self, url, status_code=307, headers=None, background=None):
        safe = urllib.parse.quote(str(url), safe=":/%#?=@[]!$&'()*+,;")
        headers = {**(headers or {}), "location": safe}
        super().__init__(b"", status_code, headers, background=background)


class FileResponse(Response):
    """A file, read when it is answered.

    Parameters
    ----------
    path : str or path
    filename : str, optional
        The name to save it under; without one the client shows it.
    media_type : str, optional
        By the name's extension when left out.
    """

    def __init__(
        self,
        path,
        status_code=200,
        headers=None,
        media_type=None,
        background=None,
        filename=None,
        content_disposition_type="attachment",
    ):
        import mimetypes

        guess, _ = mimetypes.guess_type(filename or os.fspath(path))
        self._begin(
            status_code, headers, media_type or guess or "text/plain", background
        )
        self.path = path
        if filename is not None:
            quoted = urllib.parse.quote(filename)
            name = f'filename="{filename}"'
            if quoted != filename:
                name = f"filename*=utf-8''{quoted}"
            self.headers.setdefault(
                "content-disposition", f"{content_disposition_type}; {name}"
            )

    def _answer(self, asked=(None, None)):
        import email.utils
        import hashlib

        with open(self.path, "rb") as file:
            status = os.fstat(file.fileno())
            made = hashlib.sha256(f"{status.st_mtime_ns}-{status.st_size}".encode())
            self.headers.setdefault("etag", f'"{made.hexdigest()[:32]}"')
            self.headers.setdefault(
                "last-modified", email.utils.formatdate(status.st_mtime, usegmt=True)
            )
            part = self._part(status.st_size, *asked)
            file.seek(part.start)
            self.body = file.read(len(part))
        code, kind, body, fields = super()._answer()
        fields.append((b"accept-ranges", b"bytes"))
        if len(part) < status.st_size:
            code = 206 if part else 416
            place = f"{part.start}-{part.stop - 1}" if part else "*"
            text = f"bytes {place}/{status.st_size}"
            fields.append((b"content-range", text.encode()))
        return code, kind, body, fields

    def _part(self, size, asked, version):
        """The part of the file that is asked for: all of it when that is none, several,
        or of another version; nothing when it lies behind the end."""
        known = {None, self.headers["etag"], self.headers["last-modified"]}
        match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", asked or "")
        if not match or self.status_code != 200 or version not in known:
            return range(size)
        first, last = (int(text) if text else None for text in match.groups())
        if first is None and last is not None:
            return range(max(0, size - last), size)
        if first is None or (last is not None and first > last):
            return range(size)
        return range(first, size)[: None if last is None else last - first + 1]


class StreamingResponse(Response):
    """What an iterator gives, plain or asynchronous, sent piece by piece.

    It goes on when the client has taken what it gave, and is closed when the client
    leaves. A plain one runs on threads beside the event loop.

    Parameters
    ----------
    content : iterable or async iterable of bytes or str
    """

    def __init__(
        self,
        content,
        status_code=200,
        headers=None,
        media_type=None,
        background=None,
    ):
        self._begin(status_code, headers, media_type, background)
        if not hasattr(content, "__aiter__") and not hasattr(content, "__iter__"):
            raise TypeError(
                f"{type(self).__name__} takes what gives its parts, an iterable or an "
                f"asynchronous one, not {type(content).__name__}"
            )
        if self.status_code in BODILESS:
            raise ValueError(f"HTTP has no body with the status {self.status_code}")
        self.content = content

    def encode(self, part):
        """The bytes of a part."""
        return part if isinstance(part, bytes) else str(part).encode()

    async def __call__(self, scope, receive, send):
        """Sends the parts as they come; receives nothing."""
        self.body = b""
        status, kind, _, fields = self._head()
        await send(_start(status, kind, fields))
        async for part in self._parts():
            message = {"type": "http.response.body", "body": part, "more_body": True}
            await send(message)
        await send({"type": "http.response.body", "body": b""})
        self._begin_background()

    def _answer(self, _asked=(None, None)):
        from flama.streams import Source, length_of

        length = length_of(self.headers.get("content-length", "").encode())
        self.body = Source(self._parts(), self._begin_background, length)
        return self._head()

    async def _parts(self):
        from flama.streams import on_threads

        content = self.content
        if not hasattr(content, "__aiter__"):
            content = on_threads(content)
        try:
            async for part in content:
                if encoded := self.encode(part):
                    yield encoded
        finally:
            if hasattr(content, "aclose"):
                await content.aclose()


class NDJSONResponse(StreamingResponse):
    """Data from an iterator, a line of JSON each."""

    media_type = "application/x-ndjson"

    def encode(self, part):
        """A line."""
        return _core.dumps(part) + b"\n"


class ServerSentEvent:
    """One event: the fields of the HTML standard's event stream.

    Parameters
    ----------
    data : str, optional
        Other data are printed as JSON.
    event, id : str, optional
    retry : int, optional
        Milliseconds.
    comment : str, optional
        For who reads the stream; clients skip it.
    """

    def __init__(self, data=None, event=None, id=None, retry=None, comment=None):
        for name, text in (("event", event), ("id", id), ("comment", comment)):
            if text is not None and not {"\n", "\r", "\0"}.isdisjoint(str(text)):
                raise ValueError(f"an event's {name} is one line")
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
        self.comment = comment

    def encode(self):
        """Its bytes, with the blank line that ends it."""
        lines = [
            f"{name}: {value}"
            for name, value in (
                ("", self.comment), ("id", self.id), ("event", self.event),
                ("retry", self.retry),
            )
            if value is not None
        ]  # fmt: skip
        if self.data is not None:
            is_text = isinstance(self.data, str)
            text = self.data if is_text else _core.dumps(self.data).decode()
            for end in ("\r\n", "\r"):
                text = text.replace(end, "\n")
            lines += [f"data: {line}" for line in text.split("\n")]
        return ("\n".join(lines) + "\n\n").encode()


class ServerSentEventResponse(StreamingResponse):
    """Events from an iterator of ServerSentEvent, or of data."""

    media_type = "text/event-stream"

    def __init__(
        self, content, status_code=200, headers=None, media_type=None, background=None
    ):
        headers = {"cache-control": "no-cache", **(headers or {})}
        super().__init__(content, status_code, headers, media_type, background)

    def encode(self, part):
        """The bytes of an event."""
        if not isinstance(part, ServerSentEvent):
            part = ServerSentEvent(part)
        return part.encode()


_core.set_hooks(encode=encode, request=Request, response=Response)
