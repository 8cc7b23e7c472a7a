"""Schemas of typesystem, marshmallow and pydantic, as a client sees them."""

import json
import pathlib

import pytest
from openapi_spec_validator import validate

ID = "12345678-1234-5678-1234-567812345678"
ITEM = {"id": ID, "day": "2020-02-29"}
FULL = {**ITEM, "colour": "blue", "kind": "a", "tags": [], "Size": None, "parent": None}
TAG = {"name": "t", "weight": "1.5"}


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("schemas:app")


@pytest.mark.parametrize(
    ("path", "body", "want"),
    [
        ("/pydantic/bare/", ITEM, FULL),
        ("/pydantic/bare/", {**ITEM, "Size": "5", "x": 1}, {**FULL, "Size": 5}),
        ("/pydantic/bare/", {**ITEM, "parent": ITEM}, {**FULL, "parent": FULL}),
        ("/pydantic/bare/", {**ITEM, "tags": [{"name": "t"}]}, {**FULL, "tags": [TAG]}),
        (
            "/pydantic/plain/",
            {**ITEM, "tags": [TAG]},
            {
                "type": "dict",
                "keys": ["colour", "day", "id", "kind", "parent", "size", "tags"],
                "tags": [{"name": "t", "weight": 1.5}],
            },
        ),
        ("/pydantic/list/", [], []),
        ("/pydantic/list/", [TAG], [TAG]),
        ("/pydantic/union/", {"lives": 9}, "Cat"),
        ("/pydantic/union/", {"bark": "w"}, "Dog"),
        (
            "/marshmallow/bare/",
            {
                "name": "Tom",
                "weight": "4.25",
                "owner": {"name": "Ann"},
                "friends": [{"name": "Pip"}],
                "colour": "red",
                "Age": "3",
                "secret": "s",
            },
            {
                "name": "Tom",
                "born": None,
                "weight": 4.2,
                "owner": {"name": "Ann"},
                "friends": [{"name": "Pip"}],
                "colour": "red",
                "Age": 3,
                "id": "00000000-0000-0000-0000-000000000001",
            },
        ),
        ("/marshmallow/many/", [{"name": "Ann"}], [{"name": "Ann"}]),
        ("/typesystem/exact/", {"x": 1, "y": 2}, {"x": 1, "next": None}),
        (
            "/typesystem/exact/",
            {"x": 1, "next": {"x": 2.5}},
            {"x": 1, "next": {"x": 2.5, "next": None}},
        ),
        (
            "/typesystem/bare/",
            {"title": " a ", "day": "2020-02-29", "level": "high", "either": "3"},
            {
                "title": "a",
                "day": "2020-02-29",
                "id": None,
                "level": "high",
                "at": [{"x": 1, "next": None}],
                "price": 0.5,
                "either": 3,
            },
        ),
        (
            "/typesystem/list/",
            [{"title": "a", "day": "2020-02-29", "either": True}],
            ["a"],
        ),
    ],
)
def test_good(server, path, body, want):
    answer = server.post(path, body)
    assert answer.status == 200, answer.text
    assert answer.json == want


@pytest.mark.parametrize(
    ("path", "body", "want"),
    [
        (
            "/pydantic/bare/",
            {"id": "x", "tags": [{}], "day": "2200-01-01"},
            {
                "id": [
                    "Input should be a valid UUID, invalid character: found `x` at 0"
                ],
                "day": ["Value error, is too late"],
                "tags": {"0": {"name": ["Field required"]}},
            },
        ),
        (
            "/pydantic/bare/",
            [1],
            {"": ["Input should be a valid dictionary or instance of Item"]},
        ),
        ("/pydantic/list/", {}, {"": ["Must be an array."]}),
        ("/pydantic/list/", [TAG, {}], {"1": {"name": ["Field required"]}}),
        ("/pydantic/list/", [1.5, 2], None),
        ("/pydantic/union/", {}, None),
        (
            "/marshmallow/bare/",
            {"owner": {"name": "x"}, "more": 1, "Age": -1, "id": ID},
            {
                "name": ["Missing data for required field."],
                "owner": {"name": ["Length must be between 2 and 9."]},
                "more": ["Unknown field."],
                "id": ["Unknown field."],
                "Age": ["Must be greater than or equal to 0."],
            },
        ),
        ("/marshmallow/bare/", {"name": "Rex"}, {"name": ["is taken"]}),
        ("/marshmallow/bare/", [1], {"_schema": ["Invalid input type."]}),
        (
            "/marshmallow/many/",
            [{"name": "Ann"}, {"name": "x"}],
            {"1": {"name": ["Length must be between 2 and 9."]}},
        ),
        (
            "/typesystem/exact/",
            {"x": "1", "next": {}},
            {"x": ["Must be a number."], "next": {"x": ["This field is required."]}},
        ),
        (
            "/typesystem/bare/",
            {"title": "abcdefg", "day": "x", "at": [], "level": "mid", "either": 12},
            {
                "title": ["Must have no more than 5 characters."],
                "day": ["Must be a valid date format."],
                "at": ["Must not be empty."],
                "level": ["Not a valid choice."],
                "either": ["Must be less than or equal to 9."],
            },
        ),
        ("/typesystem/bare/", [], {"": ["Must be an object."]}),
    ],
)
def test_wrong(server, path, body, want):
    answer = server.post(path, body)
    assert answer.status == 400, answer.text
    assert answer.json["error"] == "ValidationError"
    assert answer.json["status_code"] == 400
    assert want is None or answer.json["detail"] == want


@pytest.mark.parametrize(
    ("path", "body", "want"),
    [
        ("/pydantic/partial/", {"colour": "red"}, {"colour": "red"}),
        ("/pydantic/partial/", {}, {}),
        ("/marshmallow/partial/", {"Age": 3}, ["age"]),
        ("/typesystem/partial/", {"level": "high"}, {"level": "high"}),
    ],
)
def test_partial(server, path, body, want):
    answer = server.request("PATCH", path, json.dumps(body))
    assert (answer.status, answer.json) == (200, want)
    assert server.request("PATCH", path, "[1]").status == 400


@pytest.mark.parametrize("kind", ["dict", "model", "dataclass"])
def test_what_a_model_can_be_made_of(server, kind):
    answer = server.get(f"/pydantic/gives/{kind}/")
    assert (answer.status, answer.json) == (200, {"lives": 9})


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/pydantic/gives/missing/", {"lives": ["Field required"]}),
        (
            "/pydantic/gives/wrong/",
            {
                "lives": [
                    "Input should be a valid integer, unable to parse string as an "
                    "integer"
                ]
            },
        ),
        ("/marshmallow/wrong/", {"name": ["Length must be between 2 and 9."]}),
    ],
)
def test_broken_promises(server, path, detail):
    answer = server.get(path)
    assert (answer.status, answer.json) == (
        500,
        {"status_code": 500, "detail": detail, "error": "SerializationError"},
    )


def test_documentation(server):
    document = server.get("/schema/").json
    validate(document)
    schemas = document["components"]["schemas"]
    assert {
        "Cat", "CatOrDog", "Colour", "Dog", "Event", "Owner", "Pet", "PetPartial",
        "Point", "Tag", "Thing", "ThingPartial", "EventPartial",
    } <= schemas.keys()  # fmt: skip
    assert not {"Item", "Point1", "Tag2"} & schemas.keys()
    thing = schemas["Thing"]
    reference = "#/components/schemas/"
    assert thing["properties"]["tags"]["items"] == {"$ref": f"{reference}Tag"}
    assert thing["properties"]["parent"]["anyOf"][0] == {"$ref": f"{reference}Thing"}
    assert thing["properties"]["colour"]["$ref"] == f"{reference}Colour"
    assert schemas["Colour"]["enum"] == ["red", "blue"]
    assert (thing["required"], "required" in schemas["ThingPartial"]) == (
        ["id", "day"],
        False,
    )
    pet = schemas["Pet"]["properties"]
    assert pet["owner"] == {"$ref": f"{reference}Owner"}
    assert pet["Age"] == {"type": "integer", "minimum": 0}
    assert (pet["id"]["readOnly"], pet["secret"]["writeOnly"]) == (True, True)
    event = schemas["Event"]["properties"]
    assert event["day"] == {"type": "string", "format": "date"}
    assert event["at"]["items"] == {"$ref": f"{reference}Point"}
    assert event["level"]["enum"] == ["low", "high"]
    many = document["paths"]["/pydantic/list/"]["post"]
    body = many["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"type": "array", "items": {"$ref": f"{reference}Tag"}}


@pytest.mark.parametrize("library", ["typesystem", "marshmallow", "pydantic"])
def test_verdicts_are_those_of_the_library(run_python, library):
    script = pathlib.Path(__file__).with_name("differential.py")
    done = run_python(script, library, "100", timeout=300)
    assert (done.returncode, done.stdout) == (0, "same\n"), done.stderr[-4000:]
