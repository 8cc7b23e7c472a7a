"""The application."""

import contextlib
import inspect
import json
import os
import pathlib

from flama import _core, exceptions, http, routing
from flama.components import Components
from flama.injection import Injector
from flama.middleware import Middleware, surround
from flama.models.module import ModelsModule
from flama.resources.module import ResourcesModule
from flama.schemas.registry import SchemaModule
from flama.types import App
from flama.url import URL

__all__ = ["Flama"]


class Flama(App, routing.Routes):
    """An application: routes, models and resources with a title.

    Setting up collects; what is wrong is told when the application starts, all of it.

    Parameters
    ----------
    routes, components, modules, middleware : sequence, optional
    events : mapping, optional
        Lists of functions by "startup" and "shutdown".
    debug : bool, optional
    title, version, description : str, optional
        Of the API; or as `openapi={"info": {...}}`.
    openapi : mapping, optional
        What is laid over the OpenAPI document: info, servers, security, tags,
        externalDocs, components and "x-...".
    schema, docs : str or None, optional
        Paths of the OpenAPI document and of the documentation page; None for none.
    schema_library : str, optional
        "typesystem", "marshmallow" or "pydantic"; all of them are always known.
    """

    def __init__(
        self,
        routes=None,
        components=None,
        modules=None,
        middleware=None,
        events=None,
        debug=False,
        *,
        title=None,
        version=None,
        description=None,
        openapi=None,
        schema="/schema/",
        docs="/docs/",
        schema_library=None,
        lifespan=None,
    ):
        self._core = None  # the app of the core, once it has started
        self._serving = None  # the same, or what stands around it
        over = {k: v for k, v in (openapi or {}).items() if v is not None}
        info = over.pop("info", {})
        own = {"title": title, "version": version, "description": description}
        own = {name: text or info.get(name) for name, text in own.items()}
        over["info"] = {k: v for k, v in info.items() if k not in own}
        self._options = {
            **own,
            "schema": schema or "",
            "docs": docs or "",
            "openapi": json.dumps(over),
            "debug": bool(debug),
        }
        self.debug = bool(debug)
        self.schema_library = schema_library
        self.lifespan = lifespan
        self.components = Components(components)
        self.schema = SchemaModule(self)
        self.models = ModelsModule(self)
        self.resources = ResourcesModule(self)
        self.routes = list(routes or ())
        self.middleware = [Middleware.of(one) for one in middleware or ()]
        self.events = {
            name: list((events or {}).get(name, ())) for name in ("startup", "shutdown")
        }
        self._exception_handlers = {}
        self.modules = [self._take_module(module) for module in modules or ()]

    # Routes

    @property
    def router(self):
        """What routes are added to: the application itself."""
        return self

    def resolve_url(self, name, **values):
        """The URL of the route of that name: "resource:method" of a resource,
        "mount:route" of what is mounted under a name.

        Raises
        ------
        NotFoundException
            When no route has this name and these parameters.
        """
        self._start()
        place, _, rest = name.partition(":")
        for route in self.routes:
            is_named = rest and isinstance(getattr(route, "app", None), Flama)
            if is_named and route.name == place:
                return route.resolve_url(rest, **values)
        texts = {key: str(value) for key, value in values.items()}
        try:
            return URL(self._core.resolve(name, texts))
        except _core.CoreError as why:
            raise exceptions.NotFoundException(name=name, params=values) from why

    # Parts

    def _take_module(self, module):
        if isinstance(module, type):
            module = module()
        if not module.name or hasattr(self, module.name):
            raise ValueError(f"{module!r} needs a name that the application has not")
        setattr(self, module.name, module)
        module.build(self)
        return module

    def add_middleware(self, middleware, **options):
        """Adds a middleware around all that was added before: a class with its options,
        or a Middleware."""
        self._check_open()
        self.middleware.insert(0, Middleware.of(middleware, **options))

    def on_event(self, event):
        """A decorator for functions to be called at "startup" or "shutdown"."""

        def add(function):
            self.add_event_handler(event, function)
            return function

        return add

    def add_event_handler(self, event, function):
        """Has a function called at "startup" or "shutdown"."""
        if event not in self.events:
            raise ValueError(f"there is no event {event!r}: startup or shutdown")
        self.events[event].append(function)

    def add_exception_handler(self, exception, handler):
        """Has errors answered by `handler(request, exception)`: what handlers raise,
        and what is wrong with a request before one is called (404, 405, a body).

        Of an HTTPException, which all is that the client is told of, the status counts
        before the class; of classes the nearest, and `Exception` is what has no status
        of its own. A handler that fails itself is
        answered 500. Errors below a mount are the mounted application's.

        Parameters
        ----------
        exception : type or int
            A class of exceptions, or a status code.
        handler : callable
            A function or coroutine function; gives a Response, or data, which are sent
            with the exception's status. One of four parameters gets the scope,
            `receive` and `send` of ASGI, and the exception; it answers by `send`, or
            gives its answer.
        """
        self._check_open()
        self._exception_handlers[exception] = handler

    # Starting

    def _check_open(self):
        if self._core:
            raise RuntimeError("the application has started: set it up before")

    def _start(self):
        """Compiles the application.

        Raises
        ------
        ApplicationError
            With everything that is wrong with the set-up.
        """
        if mistakes := self._mistakes():
            raise exceptions.ApplicationError(mistakes)

    def _mistakes(self):
        """Starts, unless something is wrong: then what, a sentence each."""
        if self._core:
            return []
        core, mistakes = self._build()
        errors, warnings = core.start()
        if mistakes or errors:
            return [*mistakes, *errors]
        for text in warnings:
            _core.log(3, text)
        self._core = core
        around = self._around()
        self._serving = surround(self, around) if around else core
        return []

    def _build(self):
        """The app of the core with all that was set up, and what can't be."""
        if self.debug:
            from flama import frames  # noqa: F401 (hands the core its hook)
        core = _core.App(**self._options)
        injector, mistakes = Injector(self), []
        for one in self.middleware:
            if one.is_native:
                one.add_to(core)
        for route in [*self.routes, *self.models.added, *self.resources.added]:
            mistakes += route.add_to(core, injector)
        self._hand_over_handlers(core)
        self.schema._hand_over(core)
        return core, mistakes

    def _around(self):
        """The middleware that is not the core's."""
        return [one for one in self.middleware if not one.is_native]

    def _hand_over_handlers(self, core):
        """Has an app of the core ask the exception handlers for its own errors."""
        for kind in _core.CoreError.__subclasses__():
            kinds = exceptions.kinds_of(kind)
            if handler := self._exception_handler(kinds, kind.status_code):
                core.on_error(kind.code, routing.error_handler(handler, self))

    def _document(self):
        """The OpenAPI document."""
        answers = []
        self._start()
        self._core.dispatch(
            "GET", self._options["schema"], self._options["schema"], "", [], b"",
            "", "http", lambda *answer: answers.append(answer),
        )  # fmt: skip
        return json.loads(answers[0][3])

    @contextlib.asynccontextmanager
    async def _running(self):
        """Around serving: events and modules, in order, and the lifespan inside."""
        mounted = list(routing.mounted(self.routes))
        apps = [self, *(app for app in mounted if isinstance(app, Flama))]
        for app in apps:
            for function in [m.on_startup for m in app.modules] + app.events["startup"]:
                await _call(function)
        async with contextlib.AsyncExitStack() as stack:
            for app in [self, *mounted]:
                if app.lifespan:
                    its = app if isinstance(app, Flama) else self
                    await stack.enter_async_context(app.lifespan(its))
            yield
        for app in reversed(apps):
            for function in app.events["shutdown"] + [
                m.on_shutdown for m in app.modules
            ]:
                await _call(function)

    def __getstate__(self):
        """For pickles: the set-up, as of an application that has not started."""
        return {**vars(self), "_core": None, "_serving": None}

    async def __call__(self, scope, receive, send):
        """The application as an ASGI callable."""
        from flama.asgi import serve

        await serve(self, scope, receive, send)

    # Errors

    def _exception_handler(self, kinds, status):
        """The handler for exceptions that are of these classes; or None. One of any
        Exception does not answer those that say their status themselves."""
        if exceptions.HTTPException in kinds:
            any_kind = (Exception, BaseException)
            keys = (status, *(kind for kind in kinds if kind not in any_kind))
        else:
            keys = (*kinds, status)
        found = (self._exception_handlers.get(key) for key in keys)
        return next(filter(None, found), None)

    def _answer_exception(self, request, exception):
        """What a handler's exception is answered with; None leaves it to the core."""
        request.app = self
        is_core = isinstance(exception, _core.CoreError)
        status = getattr(exception, "status_code", 500)
        kinds = exceptions.kinds_of(type(exception))
        if handler := self._exception_handler(kinds, status):
            told = exceptions.of_core(exception, request) if is_core else exception
            return routing.call_exception_handler(handler, request, told)
        if isinstance(exception, exceptions.HTTPException):
            return routing.envelope(exception)
        if is_core:
            return None
        if (raised := request._scope.get("flama.raised")) is not None:
            raised.append(exception)
            return http.PlainTextResponse("", 500)
        routing.log_exception(exception)
        return None


async def _call(function):
    result = function()
    if inspect.isawaitable(result):
        await result


def beside(file, name):
    """A file's path: beside `file` when it stands there, else as it is."""
    path = pathlib.Path(name)
    near = pathlib.Path(file or "").parent / path
    return os.fspath(
        near if file and not path.is_absolute() and near.exists() else path
    )
