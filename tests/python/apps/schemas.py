"""Schemas of three libraries, in all their spellings."""

import dataclasses
import datetime
import decimal
import enum
import typing
import uuid

import marshmallow as ma
import pydantic
import typesystem as ts
from flama import Flama, types
from flama.schemas import SchemaMetadata, SchemaType

app = Flama(title="Schemas")


# pydantic


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Tag(pydantic.BaseModel):
    name: str
    weight: decimal.Decimal = decimal.Decimal("1.5")


class Item(pydantic.BaseModel):
    id: uuid.UUID
    day: datetime.date
    colour: Colour = Colour.BLUE
    kind: typing.Literal["a", "b"] = "a"
    tags: list[Tag] = []
    size: int | None = pydantic.Field(None, ge=0, alias="Size")
    parent: typing.Optional["Item"] = None

    @pydantic.field_validator("day")
    @classmethod
    def not_in_the_future(cls, day):
        if day.year > 2100:
            raise ValueError("is too late")
        return day


class Cat(pydantic.BaseModel):
    lives: int


class Dog(pydantic.BaseModel):
    bark: str


@dataclasses.dataclass
class Plain:
    lives: int


app.schema.register_schema("Thing", Item)


@app.post("/pydantic/bare/")
def pydantic_bare(data: Item) -> Item:
    assert isinstance(data, Item)
    return data


@app.post("/pydantic/plain/")
async def pydantic_plain(data: types.Schema[Item]):
    return {"type": type(data).__name__, "keys": sorted(data), "tags": data["tags"]}


@app.patch("/pydantic/partial/")
def pydantic_partial(
    data: typing.Annotated[SchemaType, SchemaMetadata(Item, partial=True)],
):
    return data


@app.post("/pydantic/list/")
def pydantic_list(data: list[Tag]) -> list[Tag]:
    return data


@app.post("/pydantic/union/")
def pydantic_union(data: Cat | Dog):
    return type(data).__name__


@app.get("/pydantic/gives/{kind}/")
def pydantic_gives(kind: str) -> Cat:
    return {
        "dict": {"lives": "9", "more": 1},
        "model": Cat(lives=9),
        "dataclass": Plain(9),
        "wrong": {"lives": "x"},
        "missing": {},
    }[kind]


# marshmallow


class Owner(ma.Schema):
    name = ma.fields.String(required=True, validate=ma.validate.Length(min=2, max=9))


class Pet(ma.Schema):
    name = ma.fields.String(required=True)
    born = ma.fields.Date(load_default=None)
    weight = ma.fields.Decimal(places=1, allow_none=True)
    owner = ma.fields.Nested(Owner)
    friends = ma.fields.List(ma.fields.Nested(lambda: Pet(only=("name",))))
    colour = ma.fields.Enum(Colour, by_value=True)
    age = ma.fields.Integer(validate=ma.validate.Range(min=0), data_key="Age")
    id = ma.fields.UUID(dump_only=True)
    secret = ma.fields.String(load_only=True)

    @ma.validates_schema
    def no_rex(self, data, **_):
        if data.get("name") == "Rex":
            raise ma.ValidationError("is taken", "name")


app.schema.register_schema("Pet", Pet)


@app.post("/marshmallow/bare/")
def marshmallow_bare(data: Pet) -> Pet:
    assert "born" in data
    return {**data, "id": uuid.UUID(int=1)}


@app.post("/marshmallow/many/")
def marshmallow_many(
    data: typing.Annotated[list[SchemaType], SchemaMetadata(Owner)],
) -> list[Owner]:
    return data


@app.patch("/marshmallow/partial/")
def marshmallow_partial(
    data: typing.Annotated[SchemaType, SchemaMetadata(Pet, partial=True)],
):
    return sorted(data)


@app.get("/marshmallow/wrong/")
def marshmallow_wrong() -> Owner:
    return {"name": "x"}


# typesystem

definitions = ts.Definitions()
Point = ts.Schema(
    fields={
        "x": ts.fields.Number(coerce_types=False),
        "next": ts.Reference("Point", definitions=definitions, allow_null=True),
    }
)
definitions["Point"] = Point
Event = ts.Schema(
    fields={
        "title": ts.fields.String(max_length=5),
        "day": ts.fields.Date(),
        "id": ts.fields.UUID(allow_null=True),
        "level": ts.fields.Choice(choices=["low", "high"], default="low"),
        "at": ts.fields.Array(Point, min_items=1, default=[{"x": 1, "next": None}]),
        "price": ts.fields.Decimal(default=decimal.Decimal("0.5")),
        "either": ts.fields.Integer(maximum=9, default=0)
        | ts.fields.Boolean(default=False),
    }
)
app.schema.register_schema("Point", Point)
app.schema.register_schema("Event", Event)


@app.post("/typesystem/exact/")
def typesystem_exact(data: Point) -> Point:
    return data


@app.post("/typesystem/bare/")
def typesystem_bare(data: Event) -> Event:
    assert isinstance(data["day"], datetime.date), data
    return data


@app.patch("/typesystem/partial/")
def typesystem_partial(
    data: typing.Annotated[SchemaType, SchemaMetadata(Event, partial=True)],
):
    return data


@app.post("/typesystem/list/")
def typesystem_list(data: types.Schema[list[Event]]):
    return [one["title"] for one in data]
