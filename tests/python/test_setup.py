"""What is wrong with the set-up of an app is told at its start, all of it."""

import textwrap

import pytest


@pytest.fixture
def python(run_python, tmp_path):
    """Runs a script to its end."""

    def run(text, *arguments):
        file = tmp_path / "script.py"
        file.write_text(textwrap.dedent(text))
        return run_python(*(arguments or [file]), timeout=60, cwd=tmp_path)

    return run


def test_all_mistakes_at_once(python):
    done = python(
        """
        import typing

        from flama import Flama
        from flama.exceptions import ApplicationError

        app = Flama()

        @app.get("/a/")
        def untyped(data): ...

        @app.get("/b/")
        def unknown(data: complex): ...

        @app.get("/d/")
        def of_what(data: typing.List): ...

        @app.get("/c/")
        def missing(data: "Nothing"): ...

        @app.get("/c/")
        def again(): ...

        @app.get("no-slash/")
        def slash(): ...

        try:
            app._start()
        except ApplicationError as wrong:
            print(*wrong.problems, sep="\\n")
        """
    )
    assert done.returncode == 0, done.stderr
    for text in (
        "route 'untyped': parameter 'data' has no type",
        "route 'unknown': parameter 'data' (<class 'complex'>) is provided by nothing",
        "route 'of_what': parameter 'data' (typing.List) is provided by nothing",
        "route 'missing': parameter 'data' is annotated 'Nothing'",
        "'again'",
        "'no-slash/'",
    ):
        assert text in done.stdout


def test_run_says_what_is_wrong_and_leaves(python, tmp_path):
    (tmp_path / "broken.py").write_text(
        "from flama import Flama\napp = Flama()\n@app.get('/x/')\ndef x(data): ...\n"
    )
    done = python("", "-m", "flama", "run", "broken:app")
    assert done.returncode == 1
    assert "route 'x': parameter 'data' has no type" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("", "ResourceModelNotFound"),
        ("model_path = 'nothing.flm'", "FileNotFoundError"),
        ("model_path = __file__", "EFORMAT"),
    ],
)
def test_models_are_opened_with_their_class(python, body, wrong):
    done = python(
        f"""
        from flama.models import ModelResource

        class Model(ModelResource):
            name = "model"
            {body}
        """
    )
    assert done.returncode == 1
    assert wrong in done.stderr


def test_import_is_light(python):
    done = python(
        """
        import sys
        import flama

        heavy = {"asyncio", "numpy", "torch", "typesystem", "pydantic", "sklearn"}
        print(sorted(heavy & sys.modules.keys()))
        """
    )
    assert done.stdout == "[]\n", done.stderr


def test_urls(python):
    done = python(
        """
        from flama import Flama

        app = Flama()

        @app.get("/user/{id:int}/", name="user")
        def user(id: int): ...

        print(app.resolve_url("user", id=7))
        print(app.schema.schema["paths"].keys())
        """
    )
    assert done.stdout == "/user/7/\ndict_keys(['/user/{id}/'])\n", done.stderr


def test_what_is_laid_over_the_document(python):
    done = python(
        """
        from flama import Flama

        app = Flama(
            title="Mine",
            openapi={
                "info": {"title": "not this", "version": "3", "license": {"name": "L"}},
                "servers": [{"url": "https://a.test"}],
                "tags": [{"name": "t", "description": "d"}],
                "security": [{"key": []}],
                "externalDocs": None,
                "components": {
                    "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}
                },
                "x-own": [1],
            },
        )
        made = app.schema.schema
        print(made["info"]["title"], made["info"]["version"], made["info"]["license"])
        print([made.get(name) for name in ("servers", "tags", "security", "x-own")])
        print("externalDocs" in made, made["components"]["securitySchemes"]["key"])
        print("flama.core.APIError" in made["components"]["schemas"])
        """
    )
    assert done.stdout.splitlines() == [
        "Mine 3 {'name': 'L'}",
        "[[{'url': 'https://a.test'}], [{'name': 't', 'description': 'd'}], "
        "[{'key': []}], [1]]",
        "False {'type': 'http', 'scheme': 'bearer'}",
        "True",
    ], done.stderr


def test_the_document_tells_of_mounted_applications(python):
    """Equal schemas are shared; other ones of the same name are not mixed up."""
    done = python(
        """
        from flama import Flama
        from flama.schemas import SchemaMetadata, SchemaType
        import typesystem as ts, typing as t

        def made(fields, **options):
            schema = ts.Schema(fields={"a": fields})
            data = t.Annotated[SchemaType, SchemaMetadata(schema)]
            app = Flama(**options)
            app.schema.register_schema("Item", schema)

            @app.post("/items/{n:int}/")
            def items(n: int, given: data) -> data: ...

            return app

        app = made(ts.fields.Integer())
        child = made(ts.fields.Integer(), schema=None, docs=None)
        child.mount("/deep", made(ts.fields.Integer()))
        app.mount("/child/", child)
        app.mount("/other", made(ts.fields.String()))
        document = app.schema.schema
        print(*document["paths"])
        print(document["components"]["schemas"]["Item"]["properties"])
        operation = document["paths"]["/child/deep/items/{n}/"]["post"]
        print(operation["parameters"][0]["in"], operation["requestBody"]["content"])
        """
    )
    reference = {"schema": {"$ref": "#/components/schemas/Item"}}
    assert done.stdout.splitlines() == [
        "/items/{n}/ /child/items/{n}/ /child/deep/items/{n}/",
        "{'a': {'type': 'integer'}}",
        f"path {{'application/json': {reference}}}",
    ], done.stderr


@pytest.mark.parametrize(
    ("openapi", "what"),
    [
        ({"paths": {}}, "openapi has 'paths': only info, servers, security, tags, "),
        ({"tags": {}}, "openapi: tags must be an array"),
        ({"components": []}, "openapi: components must be an object"),
    ],
)
def test_what_the_document_does_not_take(python, openapi, what):
    done = python(f"import flama\nflama.Flama(openapi={openapi})._start()")
    assert done.returncode == 1
    assert what in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("@app.websocket_route('/ws/')\ndef ws(): ...", "no web sockets"),
        ("app.add_websocket_route('/ws/', print)", "no web sockets"),
        ("flama.routing.WebSocketRoute('/ws/', print)", "no web sockets"),
        ("app.get('/x/', pagination='endless')(print)", "no pagination 'endless'"),
        ("app.route('/x/', methods=['QUERY'])(id)\napp._start()", "QUERY"),
        ("app.models.add_model('/m/', 'no.flm', 'm', methods='guess')", "no model"),
    ],
)
def test_what_there_is_not_is_said(python, text, what):
    done = python("import flama, flama.routing\napp = flama.Flama()\n" + text)
    assert done.returncode == 1
    assert what in done.stderr.splitlines()[-1]


def test_a_pickle_is_of_the_set_up(python, fixtures):
    """As Ray Serve sends an application to its workers, also one that has started."""
    done = python(
        f"""
        import asyncio, os, pickle
        from flama import Flama
        from flama.client import Client

        app = Flama(title="Sent")
        app.models.add_model("/iris/", {str(fixtures / "sklearn_model.flm")!r}, "iris")
        app._start()
        os.chdir("/")
        with Client(app=pickle.loads(pickle.dumps(app))) as client:
            rows = {{"input": [[5.8, 2.8, 5.1, 2.4]]}}
            print(client.post("/iris/predict/", json=rows).json())
            print(client.get("/schema/").json()["info"]["title"])
        """
    )
    assert done.stdout == "{'output': [2]}\nSent\n", done.stderr
