"""Holds the verdicts of an app against those of the schema library itself, for schemas
and data that hypothesis makes: `python differential.py LIBRARY EXAMPLES`.

The answer to a request, in this process, must be what the library's own validate says:
the same verdict, the same words in the same places, the same value.
"""

import datetime
import json
import sys
import typing

import hypothesis
from flama import Flama
from flama.schemas.libraries import nested
from hypothesis import strategies as st

NAMES = ["a", "b", "c"]
TEXTS = st.sampled_from(
    ["", " ", "a", " b ", "5", "1.5", "true", "on", "null", "2020-02-29", "x\0y", "ü😀"]
)
NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([1.0, -0.0, 2.5, 1e300, 2**53 + 1, 2**63, 10**30, -(2**64)]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(NUMBERS, max_size=4),
        st.dictionaries(st.sampled_from([*NAMES, "z"]), inner, max_size=4),
    ),
    max_leaves=12,
)
BODIES = st.one_of(
    st.dictionaries(st.sampled_from([*NAMES, "z"]), DATA, max_size=4), DATA
)


def ask(app, body):
    """Status and text of the answer to a POST."""
    answers = []
    app._start()
    app._core.dispatch(
        "POST", "/", "/", "", [], json.dumps(body).encode(), "", "http",
        lambda *answer: answers.append(answer),
    )  # fmt: skip
    status, kind, _, text = answers[0]
    return status, json.loads(text) if kind == b"application/json" else text


def app_of(schema):
    app = Flama(schema=None, docs=None)

    def echo(data):
        return app.seen.append(data) or ""

    echo.__annotations__["data"] = schema
    app.seen = []
    app.add_route("/", echo, methods=["POST"])
    return app


def compare(schema, body, validate):
    """`validate` gives (True, value) or (False, detail)."""
    app = app_of(schema)
    body = json.loads(json.dumps(body))
    status, answer = ask(app, body)
    try:
        good, want = validate(body)
    except Exception:  # the library's own mistake (a list is no choice)
        assert (status, answer) == (500, b"Internal Server Error")
        return
    told = f"{body!r}: {answer!r} and {app.seen}, the library says {want!r}"
    assert (status == 200) == good, told
    if good:
        assert repr(app.seen) == repr([want]), told
    else:
        assert (status, answer["error"]) == (400, "ValidationError"), told
        assert answer["detail"] == json.loads(json.dumps(want)), told


# typesystem


def typesystem_fields():
    import typesystem

    module = getattr(typesystem, "fields", typesystem)

    def made(kind, **options):
        return st.builds(lambda o: getattr(module, kind)(**o), st.fixed_dictionaries(
            {}, optional={"allow_null": st.booleans(), **options}))  # fmt: skip

    coerce = {"coerce_types": st.booleans()} if typesystem_version() >= (0, 3) else {}
    scalars = st.one_of(
        made("Any"),
        made("Object"),
        made("Boolean", **coerce, default=st.booleans()),
        made("Number", **coerce, minimum=st.integers(-2, 0), maximum=st.just(2)),
        made("Number", **coerce, exclusive_minimum=st.integers(-2, 1)),
        made("Integer", **coerce, maximum=st.integers(0, 2), default=st.just(1)),
        made("String", allow_blank=st.booleans(), max_length=st.just(2)),
        made("Date"),
        made("Choice", choices=st.just(["a", "b"])),
        made("Array", min_items=st.integers(0, 2), max_items=st.integers(0, 3)),
    )
    return st.recursive(
        scalars,
        lambda inner: made("Array", items=inner, unique_items=st.booleans()),
        max_leaves=3,
    )


def typesystem_version():
    import importlib.metadata

    return tuple(map(int, importlib.metadata.version("typesystem").split(".")))


def typesystem_schemas():
    import typesystem

    fields = st.dictionaries(st.sampled_from(NAMES), typesystem_fields(), min_size=1)
    if typesystem_version() < (0, 3):
        return fields.map(lambda f: type("X", (typesystem.Schema,), dict(f)))

    def around(fields):
        inner = typesystem.Schema(fields=fields)
        definitions = typesystem.Definitions({"X": inner})
        outer = {"a": typesystem.Reference("X", definitions=definitions), "b": inner}
        return st.sampled_from([inner, typesystem.Schema(fields=outer)])

    return fields.flatmap(around)


def typesystem_verdict(schema):
    import typesystem

    def validate(body):
        try:
            return True, schema.validate(body)
        except typesystem.ValidationError as wrong:
            return False, nested((m.index, m.text) for m in wrong.messages())

    return validate


# pydantic


def pydantic_schemas():
    import pydantic

    kinds = st.sampled_from(
        [
            int,
            float,
            str,
            bool,
            list,
            dict,
            typing.Any,
            datetime.date,
            list[int],
            dict[str, int],
            typing.Literal["a", 1],
            int | None,
            typing.Annotated[int, pydantic.Field(ge=0, le=2)],
            typing.Annotated[str, pydantic.Field(max_length=2)],
        ]
    )
    fields = st.dictionaries(
        st.sampled_from(NAMES), st.tuples(kinds, st.sampled_from([..., None]))
    )

    def around(fields):
        inner = pydantic.create_model("Inner", **fields)
        outer = pydantic.create_model("Outer", a=(inner, ...), b=(list[inner], []))
        return st.sampled_from([inner, outer])

    return fields.flatmap(around)


def pydantic_verdict(schema):
    import pydantic

    def validate(body):
        try:
            return True, schema.model_validate(body)
        except pydantic.ValidationError as wrong:
            return False, nested((e["loc"], e["msg"]) for e in wrong.errors())

    return validate


# marshmallow


def marshmallow_schemas():
    import marshmallow
    from marshmallow import fields, validate

    def made(kind, **options):
        return st.fixed_dictionaries(
            {}, optional={"allow_none": st.booleans(), **options}
        ).map(lambda o: kind(**o))

    required = {"required": st.booleans()}
    scalars = st.one_of(
        made(fields.Integer, **required, strict=st.booleans()),
        made(fields.Float, load_default=st.just(1.5)),
        made(fields.String, validate=st.just(validate.Length(max=2))),
        made(fields.Boolean, **required),
        made(fields.Date),
        made(fields.Raw, **required),
        made(fields.Dict),
        made(fields.Decimal),
    )
    kinds = st.one_of(scalars, scalars.map(lambda f: fields.List(f)))
    members = st.dictionaries(st.sampled_from(NAMES), kinds)
    unknown = st.sampled_from(
        [marshmallow.RAISE, marshmallow.EXCLUDE, marshmallow.INCLUDE]
    )

    def around(made):
        members, unknown = made
        meta = type("Meta", (), {"unknown": unknown})
        inner = type("Inner", (marshmallow.Schema,), {**members, "Meta": meta})
        outer = type("Outer", (marshmallow.Schema,), {"a": fields.Nested(inner)})
        return st.sampled_from([inner, inner(), outer])

    return st.tuples(members, unknown).flatmap(around)


def marshmallow_verdict(schema):
    import marshmallow

    made = schema() if isinstance(schema, type) else schema

    def validate(body):
        try:
            return True, made.load(body)
        except marshmallow.ValidationError as wrong:
            return False, wrong.normalized_messages()

    return validate


def main(library, examples):
    __import__(library)
    schemas = globals()[f"{library}_schemas"]()
    verdict = globals()[f"{library}_verdict"]

    @hypothesis.settings(
        max_examples=int(examples),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(schemas, st.lists(BODIES, min_size=1, max_size=8))
    def same(schema, bodies):
        for body in bodies:
            compare(schema, body, verdict(schema))

    same()
    print("same")


if __name__ == "__main__":
    main(*sys.argv[1:])
