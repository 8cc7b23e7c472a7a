"""Routes as an application collects them, and how they reach the core."""

import inspect
import traceback

from flama import _core, exceptions, http
from flama.components import Components
from flama.endpoints import HTTPEndpoint
from flama.middleware import Through
from flama.pagination import KINDS
from flama.url import URL

__all__ = ["Mount", "Route", "Router", "Routes", "WebSocketRoute"]

NO_WEB_SOCKETS = (
    "there are no web sockets here: serve them by another ASGI application, which "
    "takes this one in by a mount"
)

BITS = {
    "GET": 1, "HEAD": 2, "POST": 4, "PUT": 8, "PATCH": 16, "DELETE": 32, "OPTIONS": 64,
}  # fmt: skip


def mask(methods):
    """The methods as the core has them."""
    bits = 0
    for method in methods or ("GET",):
        name = str(getattr(method, "value", method)).upper()
        if name not in BITS:
            raise ValueError(f"{name} is no method of HTTP that is served")
        bits |= BITS[name]
    return bits


def known_pagination(kind):
    """The kind of pagination; ValueError when there is none of the name."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"there is no pagination {kind!r}: {', '.join(KINDS)}")
    return kind


class Routes:
    """What routes and components are added to."""

    def _check_open(self):
        """Raises when it is too late."""

    def add_component(self, component):
        """Adds a component, which provides what it resolves."""
        self._check_open()
        self.components.append(component)

    def add_route(
        self,
        path=None,
        endpoint=None,
        methods=None,
        name=None,
        *,
        route=None,
        **options,
    ):
        """Adds a route: a path and a function, or a Route."""
        if route is None:
            route = Route(path, endpoint, methods, name, **options)
        self._check_open()
        self.routes.append(route)
        return route

    def route(self, path, methods=None, name=None, **options):
        """A decorator that adds a route."""

        def add(endpoint):
            self.add_route(path, endpoint, methods, name, **options)
            return endpoint

        return add

    def mount(self, path=None, app=None, name=None, *, mount=None, **options):
        """Serves another application below a path; or a Mount."""
        if mount is None:
            mount = Mount(path, app, name, **options)
        self._check_open()
        self.routes.append(mount)
        return mount

    def websocket_route(self, *_arguments, **_options):
        """Refuses: there are no web sockets here."""
        raise NotImplementedError(NO_WEB_SOCKETS)

    add_websocket_route = websocket_route


def _shortcut(method):
    """The decorator for one method, and the function that adds such a route."""

    def decorator(self, path, name=None, *, methods=None, **options):
        return self.route(path, methods or [method], name, **options)

    def add(self, path=None, endpoint=None, *, methods=None, **options):
        return self.add_route(path, endpoint, methods or [method], **options)

    decorator.__doc__ = f"A decorator that adds a route for {method}."
    add.__doc__ = f"Adds a route for {method}."
    return decorator, add


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    _name = _method.lower()
    for _prefix, _function in zip(("", "add_"), _shortcut(_method), strict=True):
        _function.__name__ = _prefix + _name
        _function.__qualname__ = f"Routes.{_function.__name__}"
        setattr(Routes, _function.__name__, _function)


class Route:
    """A path, the function that answers it, and for which methods.

    Parameters
    ----------
    path : str
        Begins with a slash; may hold parameters: "/user/{id:int}/".
    endpoint : callable or HTTPEndpoint
        A function or coroutine function, or a class with one for each method.
    methods : sequence of str, optional
        ["GET"]; of a class those that it has.
    name : str, optional
        The function's own.
    include_in_schema : bool, optional
        Whether it stands in the documentation.
    pagination : {"limit_offset", "page_number"}, optional
        Has a list answered a page at a time: see flama.pagination.
    blocking : bool, optional
        Whether a plain function is called on another thread, beside the event loop.
        Left out: once it has been seen to take more than 10 ms.
    tags : dict, optional
        For the application's own use; the documentation's stand in the docstring.
    """

    def __init__(
        self, path, endpoint, methods=None, name=None, *, include_in_schema=True,
        pagination=None, blocking=None, tags=None,
    ):  # fmt: skip
        self.path = str(path)
        self.endpoint = endpoint
        own = HTTPEndpoint.methods_of(endpoint)
        self.methods = {
            str(getattr(m, "value", m)).upper() for m in methods or own or ["GET"]
        }
        self.name = name or getattr(endpoint, "__name__", "route")
        self.include_in_schema = include_in_schema
        self.pagination = known_pagination(pagination)
        self.blocking = blocking
        self.tags = tags

    def add_to(self, core, injector, below="", within=""):
        """Adds the route, below a path and within a name ("mount:"); gives what is
        wrong with it, a sentence each."""
        functions = {tuple(self.methods): self.endpoint}
        if HTTPEndpoint.methods_of(self.endpoint):
            instance = self.endpoint()
            functions = {(m,): getattr(instance, m.lower()) for m in self.methods}
        path, name, mistakes = below + self.path, within + self.name, []
        for methods, function in sorted(functions.items()):
            plan = injector.plan(function, path, pagination=self.pagination)
            made = handler(plan, self.name, injector.app, blocking=self.blocking)
            core.add_route(
                path, mask(methods), name, made, document(function),
                not self.include_in_schema,
            )  # fmt: skip
            mistakes += [f"route '{name}': {text}" for text in plan.mistakes]
        return mistakes


class WebSocketRoute:
    """Refuses: there are no web sockets here."""

    def __init__(self, *_arguments, **_options):
        raise NotImplementedError(NO_WEB_SOCKETS)


class Mount:
    """A Router below a path, or another application: one of flama's, or an ASGI
    callable. The routes of one of flama's stand in the OpenAPI document, unless it has
    ASGI middleware: then it is called as an ASGI callable."""

    def __init__(self, path, app, name=None, *, tags=None):
        self.path = path.rstrip("/")
        self.app = app
        self.name = name
        self.tags = tags

    def resolve_url(self, name, **values):
        """The URL of a route of the application."""
        url = self.app.resolve_url(name, **values)
        return URL(self.path + url) if self.app._around() else url

    def add_to(self, core, injector, below="", within=""):
        """Mounts the application; gives what is wrong with it."""
        path = below + self.path
        if isinstance(self.app, Router):
            name = f"{within}{self.name}:" if self.name else within
            return self.app.add_to(core, injector, path, name)
        is_ours = hasattr(self.app, "_build")
        if not is_ours or self.app._around():
            Through(self.app, path).add_to(core, injector.app._answer_exception)
            return self.app._mistakes() if is_ours else []
        child, mistakes = self.app._build()
        core.mount(path, child)
        self.app._core = child
        return mistakes


class Router(Routes):
    """Routes that an application takes in below a path, by a Mount: its own, but for
    components that they alone have.

    Parameters
    ----------
    routes, components : sequence, optional
    app : Flama, optional
        The application; what it is mounted in counts.
    lifespan : callable, optional
        Gives an asynchronous context manager for the application, which stands around
        serving.
    """

    def __init__(self, routes=None, *, app=None, components=None, lifespan=None):
        self.routes = list(routes or ())
        self.app = app
        self.components = Components(components)
        self.lifespan = lifespan

    def add_to(self, core, injector, below, within):
        """Adds the routes; gives what is wrong with them."""
        own = injector.with_components(self.components)
        lists = (one.add_to(core, own, below, within) for one in self.routes)
        return [text for mistakes in lists for text in mistakes]


def mounted(routes):
    """What is mounted there that knows of a lifespan, that of Routers too."""
    for route in routes:
        app = getattr(route, "app", None)
        if isinstance(app, Routes):
            yield app
        if isinstance(app, Router):
            yield from mounted(app.routes)


def document(function):
    """The docstring, as it stands; the core reads it."""
    return getattr(function, "__doc__", None)


def handler(plan, name, app, *, owner=None, blocking=None):
    """A handler of the core out of a plan."""
    function = inspect.unwrap(plan.function)
    code = getattr(function, "__code__", None)
    return _core.Handler(
        plan.function,
        name,
        plan.params,
        plan.gives,
        app._answer_exception,
        owner=owner,
        blocking=blocking,
        is_coroutine=plan.is_coroutine,
        file=code.co_filename if code else "",
        line=code.co_firstlineno if code else 0,
        dump=plan.dump,
    )


def envelope(exception):
    """The answer that every error has, for an HTTPException."""
    if exception.status_code in http.BODILESS:
        return http.Response(None, exception.status_code, exception.headers)
    return http.JSONResponse(
        {
            "status_code": exception.status_code,
            "detail": exception.detail,
            "error": exception.error,
        },
        exception.status_code,
        exception.headers,
    )


def error_handler(function, app):
    """A handler of the core, for its errors, out of an exception handler."""

    def answer(request, failure):
        request.app = app
        exception = exceptions.of_core(failure[0], request, *failure[1:])
        return call_exception_handler(function, request, exception)

    params = [(name, _core.types[name], False, None) for name in ("request", "failure")]
    name = getattr(function, "__name__", "exception handler")
    kind = _core.Type("any", "any")
    return _core.Handler(answer, name, params, kind, lambda _, why: log_exception(why))


def call_exception_handler(function, request, exception):
    """The Response of an exception handler, of either kind of parameters; or a
    coroutine that gives it."""
    if len(inspect.signature(function).parameters) != 4:
        answer = function(request, exception)
        made = _response_later if inspect.isawaitable(answer) else _response
        return made(answer, exception)

    async def application(scope, receive, send):
        answer = function(scope, receive, send, exception)
        if inspect.isawaitable(answer):
            answer = await answer
        if answer is not None:
            kept = isinstance(answer, http.Response)
            await (answer if kept else http.JSONResponse(answer))(scope, receive, send)

    return Through(application)(request)


def _response(answer, exception):
    if isinstance(answer, http.Response):
        return answer
    return http.JSONResponse(answer, getattr(exception, "status_code", 500))


async def _response_later(answer, exception):
    return _response(await answer, exception)


def log_exception(exception):
    """The traceback of a handler's mistake, to the log."""
    text = "".join(traceback.format_exception(exception)).rstrip()
    for line in text.split("\n"):
        _core.log(4, line)
