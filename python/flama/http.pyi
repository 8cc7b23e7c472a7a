import collections.abc as c
import enum
import io
import os
import typing as t

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

_Background: t.TypeAlias = c.Callable[[], t.Any] | None
_Fields: t.TypeAlias = c.Mapping[str, str] | None
_Parts: t.TypeAlias = c.Iterable[t.Any] | c.AsyncIterable[t.Any]

class Method(str, enum.Enum):  # noqa: UP042 (Python 3.10 has no StrEnum)
    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    OPTIONS = "OPTIONS"
    PATCH = "PATCH"

class Headers(dict[str, str]):
    def __init__(self, pairs: c.Iterable[tuple[bytes, bytes]] = ()) -> None: ...
    def __getitem__(self, name: str) -> str: ...
    def __contains__(self, name: object) -> bool: ...
    def get(self, name: str, default: t.Any = None) -> t.Any: ...

class QueryParams(dict[str, str]):
    def __init__(self, query: str = "") -> None: ...
    def multi_items(self) -> c.Iterator[tuple[str, str]]: ...
    def get_values(self, name: str) -> list[str]: ...

class Address(str):
    __slots__ = ()
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...

class State(dict[str, t.Any]):
    def __getattr__(self, name: str) -> t.Any: ...
    def __setattr__(self, name: str, value: t.Any, /) -> None: ...
    def __delattr__(self, name: str) -> None: ...

class Request:
    method: str
    target: str
    path: str
    query: str
    headers: Headers
    client: Address
    scheme: str
    state: State
    app: t.Any
    def __init__(
        self,
        method: str,
        target: str,
        path: str,
        query: str,
        headers: c.Iterable[tuple[bytes, bytes]],
        body: bytes | str,
        client: str,
        scheme: str,
    ) -> None: ...
    @classmethod
    def of_scope(
        cls, scope: c.MutableMapping[str, t.Any], body: bytes = b""
    ) -> Request: ...
    @property
    def path_params(self) -> dict[str, t.Any]: ...
    @property
    def session(self) -> t.Any: ...
    @property
    def correlation_id(self) -> str | None: ...
    @property
    def url(self) -> URL: ...
    @property
    def query_params(self) -> QueryParams: ...
    @property
    def cookies(self) -> dict[str, str]: ...
    async def body(self) -> bytes: ...
    def stream(self) -> c.AsyncIterator[bytes]: ...
    async def json(self) -> t.Any: ...
    async def form(self) -> dict[str, str | UploadFile]: ...

class UploadFile:
    filename: str
    content_type: str
    size: int
    file: io.BytesIO
    def __init__(self, filename: str, content_type: str, content: bytes) -> None: ...
    async def read(self, size: int = -1) -> bytes: ...
    async def seek(self, offset: int) -> None: ...
    async def close(self) -> None: ...

class Response:
    media_type: str | None
    charset: str
    background: _Background
    cookies: tuple[str, ...]
    status_code: int
    headers: dict[str, str]
    body: bytes
    def __init__(
        self,
        content: t.Any = None,
        status_code: int = 200,
        headers: _Fields = None,
        media_type: str | None = None,
        background: _Background = None,
    ) -> None: ...
    async def __call__(
        self,
        scope: t.Any,
        receive: t.Callable[[], t.Awaitable[t.Any]],
        send: t.Callable[[t.Any], t.Awaitable[None]],
    ) -> None: ...
    def render(self, content: t.Any) -> bytes: ...
    @property
    def content_type(self) -> str: ...
    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: int | None = None,
        expires: str | int | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: t.Literal["lax", "strict", "none"] | None = "lax",
    ) -> None: ...
    def delete_cookie(
        self, key: str, path: str | None = "/", domain: str | None = None
    ) -> None: ...

class PlainTextResponse(Response): ...
class HTMLResponse(Response): ...
class JSONResponse(Response): ...

class APIResponse(JSONResponse):
    def __init__(
        self,
        content: t.Any = None,
        *arguments: t.Any,
        schema: t.Any = None,
        **options: t.Any,
    ) -> None: ...

class APIErrorResponse(JSONResponse):
    def __init__(
        self,
        detail: t.Any = "",
        status_code: int = 400,
        exception: BaseException | None = None,
        headers: _Fields = None,
        background: _Background = None,
    ) -> None: ...

class HTMLTemplateResponse(HTMLResponse):
    folder: str
    def __init__(
        self,
        template: str,
        context: c.Mapping[str, t.Any] | None = None,
        *arguments: t.Any,
        **options: t.Any,
    ) -> None: ...

class RedirectResponse(Response):
    def __init__(
        self,
        url: str,
        status_code: int = 307,
        headers: _Fields = None,
        background: _Background = None,
    ) -> None: ...

class FileResponse(Response):
    path: str | os.PathLike[str]
    def __init__(
        self,
        path: str | os.PathLike[str],
        status_code: int = 200,
        headers: _Fields = None,
        media_type: str | None = None,
        background: _Background = None,
        filename: str | None = None,
        content_disposition_type: str = "attachment",
    ) -> None: ...

class StreamingResponse(Response):
    content: _Parts
    def __init__(
        self,
        content: _Parts,
        status_code: int = 200,
        headers: _Fields = None,
        media_type: str | None = None,
        background: _Background = None,
    ) -> None: ...
    def encode(self, part: t.Any) -> bytes: ...

class NDJSONResponse(StreamingResponse): ...

class ServerSentEvent:
    data: t.Any
    event: str | None
    id: str | int | None
    retry: int | None
    comment: str | None
    def __init__(
        self,
        data: t.Any = None,
        event: str | None = None,
        id: str | int | None = None,
        retry: int | None = None,
        comment: str | None = None,
    ) -> None: ...
    def encode(self) -> bytes: ...

class ServerSentEventResponse(StreamingResponse): ...
