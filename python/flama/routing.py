"""Routes as an application collects them, and how they reach the core."""

import inspect
import traceback

from flama import _core, http
from flama.middleware import Through

__all__ = ["Mount", "Route"]

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


class Route:
    """A path, the function that answers it, and for which methods.

    Parameters
    ----------
    path : str
        Begins with a slash; may hold parameters: "/user/{id:int}/".
    endpoint : callable
        A function or coroutine function.
    methods : sequence of str, optional
        ["GET"].
    name : str, optional
        The function's own.
    include_in_schema : bool, optional
    blocking : bool, optional
        Whether a plain function is called on another thread, beside the event loop.
        Left out: once it has been seen to take more than 10 ms.
    """

    def __init__(
        self, path, endpoint, methods=None, name=None, *, include_in_schema=True,
        blocking=None, tags=None,
    ):  # fmt: skip
        self.path = str(path)
        self.endpoint = endpoint
        self.methods = {str(getattr(m, "value", m)).upper() for m in methods or ["GET"]}
        self.name = name or getattr(endpoint, "__name__", "route")
        self.include_in_schema = include_in_schema
        self.blocking = blocking
        self.tags = tags

    def add_to(self, core, injector):
        """Adds the route; gives what is wrong with it, a sentence each."""
        plan = injector.plan(self.endpoint, self.path)
        made = handler(plan, self.name, injector.app, blocking=self.blocking)
        core.add_route(
            self.path, mask(self.methods), self.name, made, document(self.endpoint)
        )
        return [f"route '{self.name}': {text}" for text in plan.mistakes]


class Mount:
    """Another application below a path: one of flama's, or an ASGI callable."""

    def __init__(self, path, app, name=None):
        self.path = path.rstrip("/")
        self.app = app
        self.name = name

    def add_to(self, core, injector):
        """Mounts the application; gives what is wrong with it."""
        if not hasattr(self.app, "_build"):
            Through(self.app, self.path).add_to(core, injector.app._answer_exception)
            return []
        child, mistakes = self.app._build()
        core.mount(self.path, child)
        self.app._core = child
        return mistakes


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
    return http.JSONResponse(
        {
            "status_code": exception.status_code,
            "detail": exception.detail,
            "error": exception.error,
        },
        exception.status_code,
        exception.headers,
    )


def log_exception(exception):
    """The traceback of a handler's mistake, to the log."""
    text = "".join(traceback.format_exception(exception)).rstrip()
    for line in text.split("\n"):
        _core.log(4, line)
