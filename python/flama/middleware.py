"""Middleware: what stands around all of an application.

Cross-origin requests, compression and request ids are the core's own; an application
that has no other middleware still answers its models' routes without Python. Any other
class is an ASGI middleware: `cls(app, **options)`, called with scope, receive and send.
"""

from flama import _core, http
from flama._absent import names_of

__all__ = [
    "BaseHTTPMiddleware",
    "CORSMiddleware",
    "CompressionMiddleware",
    "CorrelationIdMiddleware",
    "GZipMiddleware",
    "HTTPSRedirectMiddleware",
    "Middleware",
    "RequestIDMiddleware",
    "TrustedHostMiddleware",
]

__getattr__ = names_of(__name__)


class Middleware:
    """A middleware: `Middleware(cls, **options)`, of an ASGI middleware's class; or a
    class derived from this one, whose `__call__(scope, receive, send)` finds the
    application that it stands around in `self.app`.
    """

    app = middleware = options = None

    def __init__(self, middleware=None, **options):
        self.middleware = middleware
        self.options = options

    @property
    def is_native(self):
        """Whether it is the core's."""
        return hasattr(self, "add_to")

    @classmethod
    def of(cls, given, **options):
        """A middleware of what an application is given: one, or a class."""
        if isinstance(given, Middleware):
            given, options = given.middleware or given, given.options
        if isinstance(given, Middleware):
            return given
        is_ours = isinstance(given, type) and issubclass(given, Middleware)
        return given(**options) if is_ours else Middleware(given, **options)

    def around(self, app):
        """What is called in place of the application."""
        if self.middleware is not None:
            return self.middleware(app, **self.options)
        self.app = app
        return self


def _text(value):
    return value if isinstance(value, str) else ", ".join(value)


class CORSMiddleware(Middleware):
    """Cross-origin requests (the Fetch standard's CORS protocol)."""

    def __init__(
        self,
        *,
        allow_origins=(),
        allow_methods=("GET",),
        allow_headers=(),
        allow_credentials=False,
        expose_headers=(),
        max_age=600,
    ):
        super().__init__()
        every = "GET, POST, PUT, PATCH, DELETE"
        self.given = {
            "origins": ",".join(
                [allow_origins] if isinstance(allow_origins, str) else allow_origins
            ),
            "methods": every if "*" in allow_methods else _text(allow_methods),
            "headers": None if "*" in allow_headers else _text(allow_headers) or None,
            "credentials": allow_credentials,
            "expose": _text(expose_headers) or None,
            "max_age": max_age,
        }

    def add_to(self, core):
        """Adds it to an app of the core."""
        core.add_cors(**self.given)


class GZipMiddleware(Middleware):
    """Compresses answers for clients that take gzip."""

    def __init__(self, minimum_size=1024):
        super().__init__()
        self.minimum_size = minimum_size

    def add_to(self, core):
        """Adds it to an app of the core."""
        core.add_gzip(self.minimum_size)


class CompressionMiddleware(GZipMiddleware):
    """The newer name of GZipMiddleware."""

    def __init__(self, minimum_size=500):
        super().__init__(minimum_size)


class RequestIDMiddleware(Middleware):
    """Answers carry x-request-id."""

    def add_to(self, core):
        """Adds it to an app of the core."""
        core.add_request_id()


class BaseHTTPMiddleware(Middleware):
    """A base for middleware that overrides what stands around requests: `before`,
    `after` and `error`. The body of the request is left to the handler."""

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = http.Request.of_scope(scope)
        answer, started = await self.before(request), False

        async def sending(message):
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = await self._changed(request, message)
            await send(message)

        if answer is None:
            try:
                await self.app(scope, receive, sending)
            except Exception as why:
                answer = None if started else await self.error(request, why)
                if answer is None:
                    raise
        if answer is not None:
            await answer(scope, receive, send)

    async def _changed(self, request, start):
        fields = [(name.lower(), value) for name, value in start["headers"]]
        cookies = [field for field in fields if field[0] == b"set-cookie"]
        headers = http.Headers(field for field in fields if field[0] != b"set-cookie")
        response = http.Response(status_code=start["status"], headers=headers)
        response.cookies = tuple(value.decode("latin-1") for _, value in cookies)
        changed = await self.after(request, response)
        status, kind, _, fields = changed._head()
        fields += [(b"content-type", kind)] if kind else []
        if "content-length" in headers:
            fields.append((b"content-length", headers["content-length"].encode()))
        return {**start, "status": status, "headers": fields}

    async def before(self, request):
        """Called first: a Response that it gives answers the request."""

    async def after(self, request, response):
        """Called when an answer begins: gives the Response whose status and headers
        are sent. The body is sent as it is."""
        return response

    async def error(self, request, exc):
        """Called with what was raised inside and not answered there, before an answer
        began: a Response that it gives is the answer."""


class TrustedHostMiddleware(Middleware):
    """Refuses requests for other hosts with 400.

    Parameters
    ----------
    allowed_hosts : sequence of str, optional
        Names; "*.example.com" is every name below, "*" any, which is the default.
    www_redirect : bool
        Whether a name that is allowed with "www." before it is sent there.
    """

    def __init__(self, allowed_hosts=None, www_redirect=True):
        super().__init__()
        self.allowed = [host.lower() for host in allowed_hosts or ["*"]]
        self.www_redirect = www_redirect

    def _allows(self, host):
        return any(
            host == one or one == "*" or (one[:2] == "*." and host.endswith(one[1:]))
            for one in self.allowed
        )

    async def __call__(self, scope, receive, send):
        app = self.app
        if scope["type"] == "http":
            request = http.Request.of_scope(scope)
            named = request.headers.get("host", "").lower()
            host = named[: named.rfind("]") + 1] or named.partition(":")[0]
            if self._allows(host):
                pass
            elif host and self.www_redirect and self._allows(f"www.{host}"):
                there = f"{request.scheme}://www.{named}{request.target}"
                app = http.RedirectResponse(there)
            else:
                app = http.PlainTextResponse("Invalid host header", 400)
        await app(scope, receive, send)


class HTTPSRedirectMiddleware(Middleware):
    """Sends requests that came by http to the same place by https."""

    async def __call__(self, scope, receive, send):
        app = self.app
        if scope["type"] == "http" and scope["scheme"] == "http":
            request = http.Request.of_scope(scope)
            there = f"https://{request.headers.get('host', '')}{request.target}"
            app = http.RedirectResponse(there)
        await app(scope, receive, send)


class CorrelationIdMiddleware(Middleware):
    """Answers carry a header with the request's own id, or else a new UUID, which
    stands in the scope as `correlation_id`."""

    def __init__(self, header="X-Correlation-Id"):
        super().__init__()
        self.header = header.lower().encode("latin-1")

    async def __call__(self, scope, receive, send):
        import uuid

        given = dict(scope.get("headers", ())).get(self.header)
        made = given or uuid.uuid4().hex.encode()
        scope["correlation_id"] = made.decode("latin-1")

        async def sending(message):
            if message["type"] == "http.response.start":
                headers = [*message["headers"], (self.header, made)]
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, sending)


class Answered(http.Response):
    """What an ASGI application sends: bytes, or a Source of pieces."""

    def __init__(self, start, body):
        self.status_code = start["status"]
        self.fields = [(bytes(k), bytes(v)) for k, v in start.get("headers", [])]
        self.body = body

    def _answer(self, _asked=(None, None)):
        kind, fields = b"", []
        for name, value in self.fields:
            if name.lower() == b"content-type":
                kind = value
            elif name.lower() != b"content-length":
                fields.append((name, value))
        return self.status_code, kind, self.body, fields


under_way = set()  # tasks of applications, which the loop itself does not keep


class Passage:
    """One request on its way through an ASGI application, which runs in a task of its
    own and waits, when it has sent a piece, until the one before has been taken.

    Parameters
    ----------
    application : callable
    scope : dict
    body : bytes
        Of the request.
    """

    def __init__(self, application, scope, body):
        import asyncio

        from flama.asgi import receiving

        self.start = None
        self.sent = asyncio.Queue(1)
        self.over = asyncio.Event()
        receive = receiving(body, self.over)
        self.task = asyncio.ensure_future(application(scope, receive, self.send))
        under_way.add(self.task)
        self.task.add_done_callback(self.ended)

    async def send(self, message):
        """Takes a message of the application's."""
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            more = bool(message.get("more_body"))
            await self.sent.put((bytes(message.get("body", b"")), more))
            if not more:
                self.over.set()

    def ended(self, task):
        """Tells of what the application raises once it has answered."""
        under_way.discard(task)
        if not task.cancelled() and task.exception() and self.over.is_set():
            from flama.routing import log_exception

            log_exception(task.exception())

    async def next(self):
        """The next piece and whether there are more; raises what the application does
        instead."""
        import asyncio

        if not self.sent.empty():
            return self.sent.get_nowait()
        piece = asyncio.ensure_future(self.sent.get())
        try:
            await asyncio.wait([piece, self.task], return_when="FIRST_COMPLETED")
            if piece.done():
                return piece.result()
            self.task.result()
            raise RuntimeError("the ASGI application ended before its answer")
        finally:
            piece.cancel()

    async def answer(self):
        """The answer, once the application has begun it."""
        from flama.streams import Source, length_of

        try:
            part, more = await self.next()
            if self.start is None:
                raise RuntimeError("the ASGI application sent a body without a start")
        except BaseException:
            self.task.cancel()
            raise
        fields = {bytes(k).lower(): bytes(v) for k, v in self.start.get("headers", ())}
        length = length_of(fields.get(b"content-length", b""))
        if not more and (part or not length):
            return Answered(self.start, part)
        source = Source(self.parts(part, more), self.leave, length)
        return Answered(self.start, source)

    async def parts(self, part, more):
        """The pieces, of which one is here; none of a HEAD, which has a length."""
        while more:
            if part:
                yield part
            part, more = await self.next()
        if part:
            yield part

    def leave(self):
        """Has the application end, unless it has sent all."""
        if not self.over.is_set():
            self.task.cancel()


class Through:
    """The handler of requests that an ASGI application answers.

    Parameters
    ----------
    application : callable
    root : str, optional
        The path that it is mounted below.
    """

    def __init__(self, application, root=""):
        import flama.asgi

        self.application = application
        self.root = root
        self.scope_of = flama.asgi.scope_of

    async def __call__(self, request):
        """Sends the request through, and waits until it is answered, or begins to."""
        scope = self.scope_of(request, self.root)
        return await Passage(self.application, scope, await request.body()).answer()

    def add_to(self, core, on_error):
        """Has everything below the root answered by the application."""
        params = [("request", _core.types["request"], False, None)]
        kind = _core.Type("any", "any")
        handler = _core.Handler(self, "asgi", params, kind, on_error, is_coroutine=True)
        for path in (self.root, self.root + "/", self.root + "/{rest:path}"):
            if path:
                core.add_route(path, 255, None, handler, None, True)


def surround(app, middleware):
    """An app of the core that sends all requests through ASGI middleware, the first
    outermost."""

    async def inside(scope, receive, send):
        from flama.asgi import respond

        await respond(app._core, scope, receive, send)

    stack = inside
    for one in reversed(middleware):
        stack = one.around(stack)

    async def outside(scope, receive, send):
        scope["app"], scope["flama.raised"] = app, []
        await stack(scope, receive, send)

    outer = _core.App(title=app._options["title"], schema="", docs="", debug=app.debug)
    Through(outside).add_to(outer, app._answer_exception)
    app._hand_over_handlers(outer)  # of what is answered before: a body over the limit
    errors, _ = outer.start()
    if errors:
        raise RuntimeError(errors)
    return outer
