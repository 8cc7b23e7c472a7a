"""Routers: routes that an application takes in below a path."""

import contextlib

from flama import Component, Flama, http, types
from flama.endpoints import HTTPEndpoint
from flama.routing import Mount, Route, Router

seen = []


class Unit:
    def __init__(self, name):
        self.name = name


class UnitComponent(Component):
    def __init__(self, name):
        self.name = name

    def resolve(self) -> Unit:
        return Unit(self.name)


def lifespan(name):
    @contextlib.asynccontextmanager
    async def around(its):
        assert its is app
        seen.append(name)
        yield
        print(f"{name} ends", flush=True)

    return around


def unit(unit: Unit, its: types.App, request: http.Request):
    return [unit.name, its is app, request.path, request.path_params]


class Item(HTTPEndpoint):
    def get(self, user: int, item: str):
        return [user, item]

    def delete(self, user: int, item: str):
        raise ArithmeticError(f"{user}'s {item}")


below = Flama(schema=None, docs=None)


@below.get("/who/")
def who(its: types.App):
    return its is below


items = Router([Route("/{item}/", Item, name="item")], lifespan=lifespan("items"))
items.mount("/app", below)
users = Router(
    [Route("/unit/", unit, name="unit"), Mount("/items", items, "items")],
    components=[UnitComponent("user's")],
    lifespan=lifespan("users"),
)


@users.get("/seen/")
def what_was_seen():
    return seen


app = Flama(
    routes=[Mount("/users/{user:int}", users, name="users")],
    components=[UnitComponent("everybody's")],
)
app.router.add_route("/unit/", unit, name="unit")
app.mount("/plain", Router([Route("/unit/", unit)], app=app), name="plain")


@app.get("/urls/")
def urls():
    return [
        app.resolve_url("unit"),
        app.resolve_url("users:unit", user=3),
        app.resolve_url("users:items:item", user=3, item="a b"),
    ]


app.add_exception_handler(
    ArithmeticError, lambda request, why: http.JSONResponse({"lost": str(why)}, 410)
)

wrong = Flama(routes=[Mount("/a", Router([Route("/b/", lambda x: x)]), "sub")])
