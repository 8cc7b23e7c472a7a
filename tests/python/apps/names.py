"""What applications written for Flama 2 use beside schemas and resources."""

import datetime
import decimal
import enum
import typing as t

import flama
import typesystem as ts
from flama import Flama, http, types
from flama.endpoints import HTTPEndpoint
from flama.injection import Component, Parameter
from flama.middleware import CompressionMiddleware, CORSMiddleware, Middleware
from flama.models import MLModel, MLResource, ModelComponentBuilder
from flama.resources import Resource, ResourceRoute
from flama.routing import Mount

Item = ts.Schema(title="Item", fields={"id": ts.fields.Integer()})
Items = t.Annotated[list[types.SchemaType], types.SchemaMetadata(Item)]


class Stamp(Middleware):
    def __init__(self, text):
        super().__init__()
        self.text = text.encode()

    async def __call__(self, scope, receive, send):
        async def stamped(message):
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-stamp", self.text))
            await send(message)

        await self.app(scope, receive, stamped)


class Named:
    def __init__(self, name):
        self.name = name


class NamedComponent(Component):
    def can_handle_parameter(self, parameter: Parameter):
        return parameter.annotation is Named

    def resolve(self, parameter: Parameter) -> Named:
        return Named(parameter.name)


app = Flama(
    components=[NamedComponent(), ModelComponentBuilder.build("sklearn_model.flm")],
    middleware=[
        CORSMiddleware(allow_origins=["*"]),
        CompressionMiddleware(),
        Stamp("names"),
    ],
)
app.schema.register_schema("Item", Item)


@app.get("/parts/")
def parts(
    method: types.Method,
    scheme: types.Scheme,
    path: types.Path,
    query: types.QueryString,
    url: types.URL,
    cookies: types.Cookies,
    params: http.QueryParams,
    headers: http.Headers,
    request: http.Request,
):
    return {
        "method": method,
        "scheme": scheme,
        "path": path,
        "query": query,
        "url": [url.path, url.query, url == request.url],
        "cookies": cookies,
        "params": [params["a"], params.get_values("a"), list(params.multi_items())],
        "agent": headers["User-Agent"],
    }


@app.get("/named/{a:int}/{b:uuid}/{c}/")
def named_parts(
    x_token: types.Header,
    q: types.QueryParam,
    c: types.PathParam,
    params: types.PathParams,
    server: types.Server,
    b: str,
    accept: types.Header = "none",
):
    kinds = {name: type(value).__name__ for name, value in params.items()}
    return [x_token, q, c, kinds, params["a"], b, server.host, accept]


@app.post("/raw/")
def raw(body: types.Body):
    return len(body)


@app.post("/data/")
def data(given: types.RequestData):
    return [given["a"], given.data]


@app.get("/named/")
def named(it: Named):
    return it.name


@app.get("/component/")
def component(model: MLModel):
    return {"lib": model.meta.framework.lib, "files": model.manifest}


@app.route("/counter/{start:int}/", name="counter", tags={"a": "b"})
class Counter(HTTPEndpoint):
    def get(self, start: int, step: int = 1):
        """summary: Counts."""
        return start + step

    async def post(self, start: int):
        return start


@app.get("/items/", pagination="limit_offset")
def items(prefix: int = 0, **kwargs) -> Items:
    return [{"id": prefix + number} for number in range(25)]


@app.get("/pages/", pagination="page_number")
async def pages(**kwargs) -> Items:
    return [{"id": number} for number in range(25)]


@app.get("/wrong-items/", pagination="page_number")
def wrong_items(**kwargs) -> Items:
    return [{"id": "x"}]


@app.get("/hidden/", include_in_schema=False)
def hidden():
    return str(app.resolve_url("res:zed", step=2))


@app.post("/several/", methods=["POST", "PUT"])
def several():
    return [
        app.resolve_url("counter", start=3).path,
        app.resolve_url("child:leaf", n=4),
        app.resolve_url("iris:predict"),
    ]


app.add_delete("/several/", lambda: "gone", name="gone")


@app.get("/unresolved/{name}/")
def unresolved(name: str):
    return app.resolve_url(name)


@app.get("/answers/{kind}/")
def answers(kind: str):
    return {
        "api": lambda: http.APIResponse({"id": 1}, schema=Item),
        "wrong": lambda: http.APIResponse({"id": "x"}, schema=Item),
        "lines": lambda: http.NDJSONResponse([{"a": 1}, [2]]),
        "error": lambda: http.APIErrorResponse(detail="tea", status_code=418),
    }[kind]()


@app.resources.resource("/res/")
class Res(Resource):
    name = "res"

    @app.resources.method("/{step:int}/", name="zed", include_in_schema=False)
    def zed(self, step: int):
        return self._meta.name * step

    @ResourceRoute.method("/all/", pagination="limit_offset", tags={"a": "b"})
    def all(self, **kwargs) -> Items:
        return [{"id": number} for number in range(3)]


class Model(MLResource):
    name = "model"
    model_path = "sklearn_model.flm"
    model_methods = ["predict_proba"]  # noqa: RUF012

    @ResourceRoute.method("/sure/", methods=["POST"])
    def sure(self, given: types.RequestData):
        return [max(row) for row in self.model.predict_proba(given["input"])]


app.models.add_model_resource("/model/", Model, tags={"a": "b"})
app.models.add_model("/iris/", "sklearn_model.flm", "iris", methods="predict_proba")

child = Flama()


@child.get("/leaf/{n:int}/", name="leaf")
def leaf(n: int):
    return n


app.mount(mount=Mount("/child/", child, name="child"))


class Refused(Exception):
    pass


@app.get("/refused/")
def refused():
    raise Refused("no")


async def on_refused(scope, receive, send, why):
    body = (await receive())["body"]
    return http.PlainTextResponse(f"{scope['path']} {why} {body!r}", status_code=409)


app.add_exception_handler(Refused, on_refused)
assert flama.meta(path="sklearn_model.flm").framework.lib == "sklearn"
assert flama.manifest(path="sklearn_model.flm") == ()


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Colour(enum.Enum):
    RED = "red"
    FIRST = 1


@app.get("/list/")
def listed(
    n: list[int], days: list[datetime.date] = (), flags: list[bool] | None = None,
    sizes: list[Size] = (Size.SMALL,), prices: list[decimal.Decimal] = "none",
    names: list[str] = ("x",), colour: Colour = Colour.FIRST, limit: int = 3,
):  # fmt: skip
    assert all(isinstance(size, Size) for size in sizes)
    assert isinstance(colour, Colour)
    return [n, days, flags]


@app.get("/client/")
def client(request: http.Request, its: types.App):
    assert its is app
    return [request.client.host, request.client.port > 0]


class Odd(Exception):
    """Answered by the application."""


@app.get("/odd/{how}/")
def odd(how: str):
    raise Odd(how)


async def answer_odd(scope, receive, send, exception):
    response = http.JSONResponse({"odd": str(exception)}, 409)
    if str(exception) == "stream":
        response = http.StreamingResponse(["a", "b"], 410, {"x-odd": "1"}, "text/csv")
    await response(scope, receive, send)


app.add_exception_handler(Odd, answer_odd)
