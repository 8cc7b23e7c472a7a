"""A client of an application in the same process, without a socket between.

    async with Client(app=app) as client:
        answer = await client.post("/predict/", json={"input": [[1, 2]]})

    with Client(models=[("iris", "/iris/", "iris.flm")]) as client:
        answer = client.model_predict("iris", [[5.8, 2.8, 5.1, 2.4]])

Entering starts the application (events, modules, lifespan), leaving ends it. With httpx
installed the client is an httpx.AsyncClient, with all that has; else it has what stands
here. Under a plain `with` its methods give answers, else coroutines.
"""

import asyncio
import functools
import json
import urllib.parse

from flama import background, http
from flama.applications import Flama
from flama.asgi import receiving

try:
    import httpx
except ImportError:
    httpx = None

__all__ = ["Client", "LifespanContextManager"]

BASE = "http://localapp"


class LifespanContextManager:
    """Around what is done while an application runs."""

    def __init__(self, app):
        self.app = app

    async def __aenter__(self):
        self.app._start()
        self.running = self.app._running()
        await self.running.__aenter__()
        return self

    async def __aexit__(self, *exception):
        await background.finished()
        await self.running.__aexit__(*exception)


async def call(app, scope, body):
    """(status, headers, body) of an answer."""
    sent, over = [], asyncio.Event()

    async def send(message):
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            over.set()

    await app(scope, receiving(body, over), send)
    start, *parts = sent
    content = b"".join(part.get("body", b"") for part in parts)
    return start["status"], start["headers"], content


class Answer:
    """An answer, when httpx is not installed.

    Attributes
    ----------
    status_code : int
    headers : flama.http.Headers
    content : bytes
    """

    def __init__(self, status, headers, content):
        self.status_code = status
        self.headers = http.Headers(headers)
        self.content = content

    @property
    def text(self):
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def is_success(self):
        """Whether the status is one of the 200s."""
        return 200 <= self.status_code < 300

    def json(self):
        """The body, read as JSON."""
        return json.loads(self.content)


class PlainClient:
    """What the client has without httpx."""

    def __init__(self, app, base_url=BASE, headers=None):
        self.app = app
        self.base_url = base_url
        self.headers = dict(headers or {})

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exception):
        pass

    async def request(
        self, method, url, *, params=None, headers=None, content=None, json=None,
        data=None,
    ):  # fmt: skip
        """An Answer; `json` and `data` (a form) are printed as the body."""
        fields = {"host": "localapp", **self.headers, **(headers or {})}
        if json is not None:
            content = json_bytes(json)
            fields.setdefault("content-type", "application/json")
        elif data is not None:
            content = urllib.parse.urlencode(data)
            fields.setdefault("content-type", "application/x-www-form-urlencoded")
        body = content.encode() if isinstance(content, str) else content or b""
        whole = urllib.parse.urlsplit(urllib.parse.urljoin(self.base_url, url))
        query = "&".join(
            filter(None, [whole.query, urllib.parse.urlencode(params or {}, True)])
        )
        scope = {
            "type": "http",
            "method": method.upper(),
            "scheme": whole.scheme,
            "path": urllib.parse.unquote(whole.path),
            "raw_path": whole.path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.lower().encode("latin-1"), str(value).encode("latin-1"))
                for name, value in fields.items()
            ],
            "client": ("127.0.0.1", 123),
        }
        return Answer(*await call(self.app, scope, body))

    async def get(self, url, **options):
        """A request with GET."""
        return await self.request("GET", url, **options)

    async def options(self, url, **options):
        """A request with OPTIONS."""
        return await self.request("OPTIONS", url, **options)

    async def head(self, url, **options):
        """A request with HEAD."""
        return await self.request("HEAD", url, **options)

    async def post(self, url, **options):
        """A request with POST."""
        return await self.request("POST", url, **options)

    async def put(self, url, **options):
        """A request with PUT."""
        return await self.request("PUT", url, **options)

    async def patch(self, url, **options):
        """A request with PATCH."""
        return await self.request("PATCH", url, **options)

    async def delete(self, url, **options):
        """A request with DELETE."""
        return await self.request("DELETE", url, **options)


def json_bytes(data):
    """Data as the bytes of a body."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).encode()


def either(name):
    """A method that gives its answer under `with`, else its coroutine."""

    def method(self, *arguments, **options):
        coroutine = getattr(super(Client, self), name)(*arguments, **options)
        if self._loop is None or asyncio._get_running_loop() is not None:
            return coroutine
        return self._wait(coroutine)

    return functools.wraps(getattr(Models, name))(method)


Base = httpx.AsyncClient if httpx else PlainClient


class Models(Base):
    """Requests of models by name."""

    async def model_request(self, model, method, url, **options):
        """A request of a model that the client was made with, below its URL."""
        if model not in self.models:
            raise ValueError(f"the client has no model {model!r}")
        return await self.request(
            method, self.models[model].rstrip("/") + url, **options
        )

    async def model_inspect(self, model, **options):
        """What a model's file says."""
        return await self.model_request(model, "GET", "/", **options)

    async def model_predict(self, model, data, **options):
        """A model's predictions for rows."""
        options["json"] = {"input": data}
        return await self.model_request(model, "POST", "/predict/", **options)


class Client(Models):
    """A client of an application, or of models.

    Parameters
    ----------
    app : Flama, optional
    models : sequence of (name, url, path), optional
        Model files that an application is made of, when none is given.
    options
        Those of httpx.AsyncClient.
    """

    def __init__(self, /, app=None, models=None, **options):
        if (app is None) == (models is None):
            raise ValueError("a client is of an app, or of models")
        self._loop = None
        self.models = {name: url for name, url, _ in models or ()}
        if app is None:
            app = Flama()
            for name, url, path in models:
                app.models.add_model(url, path, name)
        options.setdefault("base_url", BASE)
        if httpx:
            options.setdefault("transport", httpx.ASGITransport(app=app))
            super().__init__(**options)
        else:
            super().__init__(app, **options)
        self.app = app
        self.lifespan = LifespanContextManager(app)

    async def __aenter__(self):
        await self.lifespan.__aenter__()
        return await super().__aenter__()

    async def __aexit__(self, *exception):
        await super().__aexit__(*exception)
        await self.lifespan.__aexit__(*exception)

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        try:
            return self._wait(self.__aenter__())
        except BaseException:
            self._close()
            raise

    def __exit__(self, *exception):
        try:
            self._wait(self.__aexit__(*exception))
        finally:
            self._close()

    def _wait(self, coroutine):
        async def whole():
            answer = await coroutine
            await background.finished()
            return answer

        return self._loop.run_until_complete(whole())

    def _close(self):
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._loop = None


for _name in (
    "request", "get", "options", "head", "post", "put", "patch", "delete",
    "model_request", "model_inspect", "model_predict",
):  # fmt: skip
    setattr(Client, _name, either(_name))
