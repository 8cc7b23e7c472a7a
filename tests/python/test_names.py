"""Names of Flama 2 beside schemas and resources: apps/names.py."""

import re

import pytest

ROWS = {"input": [[5.8, 2.8, 5.1, 2.4]]}


APPS_ANEW = """
from flama import Flama
from flama.client import Client

answers = []
for _ in range(40):
    app = Flama()

    @app.get("/list/")
    def listed(n: list[int]):
        return n

    with Client(app=app) as client:
        answers.append(client.get("/list/?n=1&n=2").json())
print(answers.count([1, 2]))
"""


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("names:app")


@pytest.fixture(scope="module")
def schema(server):
    return server.get("/schema/").json


def test_parts_of_the_request(server):
    headers = {"cookie": "c=1; d=2", "user-agent": "tests"}
    answer = server.get("/parts/?a=1&a=2&b=", **headers)
    assert answer.json == {
        "method": "GET",
        "scheme": "http",
        "path": "/parts/",
        "query": "a=1&a=2&b=",
        "url": ["/parts/", "a=1&a=2&b=", True],
        "cookies": {"c": "1", "d": "2"},
        "params": ["2", ["1", "2"], [["a", "1"], ["a", "2"], ["b", ""]]],
        "agent": "tests",
    }
    assert answer.headers["x-stamp"] == "names"
    assert server.request("POST", "/raw/", b"\xff\x00").json == 2
    assert server.post("/data/", {"a": [1]}).json == [[1], {"a": [1]}]
    answer = server.post("/data/", [1])
    assert (answer.status, answer.json["detail"]) == (400, {"": ["Must be an object."]})


UUID = "00000000-0000-0000-0000-000000000001"


def test_parts_by_name(server, schema):
    path = f"/named/7/{UUID}/x/"
    answer = server.get(f"{path}?q=1", **{"x-token": "t"})
    assert answer.json[:3] == ["t", "1", "x"]
    assert answer.json[3] == {"a": "int", "b": "str", "c": "PathParam"}
    assert answer.json[4:] == [7, UUID, "127.0.0.1", "none"]
    answer = server.get(path)
    missing = {name: ["This field is required."] for name in ("x_token", "q")}
    assert (answer.status, answer.json["detail"]) == (400, missing)
    parameters = schema["paths"]["/named/{a}/{b}/{c}/"]["get"]["parameters"]
    places = {one["name"]: (one["in"], one["required"]) for one in parameters}
    assert places == {
        "x-token": ("header", True),
        "accept": ("header", False),
        "q": ("query", True),
        **dict.fromkeys("abc", ("path", True)),
    }


LACKING = [
    "import flama.authentication",
    "import flama.codecs",
    "import flama.crypto",
    "import flama.ddd",
    "import flama.mcp",
    "import flama.sqlalchemy",
    "import flama.telemetry",
    "from flama import sqlalchemy",
    "from flama.ddd.repositories import HTTPRepository",
    "from flama.middleware import SessionMiddleware",
    "from flama.endpoints import WebSocketEndpoint",
    "from flama.http import WebSocket",
    "from flama.http import JSONRPCResponse",
    "from flama.models import LLMResource",
    "from flama.resources import RESTResource",
]


def test_what_is_not_here_says_what_to_use_instead(run_python):
    """Names that modules lack otherwise are an ImportError of Python."""
    lines = "\n".join(
        f"try: exec({line!r})\nexcept ImportError as why: print(why)"
        for line in [*LACKING, "from flama.http import Nothing"]
    )
    done = run_python("-c", lines, timeout=60)
    *printed, last = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(printed) == len(LACKING)
    for line in printed:
        assert re.fullmatch(r"flama[.\w]+ is not part of this Flama: .{10,}", line)
    assert last.startswith("cannot import name 'Nothing'")


def test_middleware_made_by_the_application(server):
    answer = server.get("/schema/", origin="http://x", **{"accept-encoding": "gzip"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-encoding"] == "gzip"


def test_components(server):
    assert server.get("/named/").json == "it"
    assert server.get("/component/").json == {"lib": "sklearn", "files": []}


def test_endpoints_of_classes(server, schema):
    assert server.get("/counter/3/?step=4").json == 7
    assert server.post("/counter/3/", {}).json == 3
    answer = server.request("PUT", "/counter/3/")
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}
    operations = schema["paths"]["/counter/{start}/"]
    assert operations["get"]["summary"] == "Counts."
    assert [p["name"] for p in operations["get"]["parameters"]] == ["start", "step"]
    assert operations.keys() == {"get", "post"}


@pytest.mark.parametrize(
    ("path", "ids", "meta"),
    [
        ("/items/", range(10), {"limit": 10, "offset": 0, "count": None}),
        (
            "/items/?limit=2&offset=24&count=true&prefix=5",
            [29],
            {"limit": 2, "offset": 24, "count": 25},
        ),
        ("/items/?limit=0", [], {"limit": 0, "offset": 0, "count": None}),
        (
            "/pages/?page=2&page_size=3",
            range(3, 6),
            {"page": 2, "page_size": 3, "count": None},
        ),
        ("/pages/?page=99", [], {"page": 99, "page_size": 10, "count": None}),
        ("/res/all/", range(3), {"limit": 10, "offset": 0, "count": None}),
    ],
)
def test_pages(server, path, ids, meta):
    answer = server.get(path)
    data = [{"id": number} for number in ids]
    assert (answer.status, answer.json) == (200, {"meta": meta, "data": data})


def test_wrong_pages(server):
    answer = server.get("/items/?limit=x")
    assert (answer.status, list(answer.json["detail"])) == (400, ["limit"])
    answer = server.get("/wrong-items/")
    assert (answer.status, answer.json["error"]) == (500, "SerializationError")


def test_pages_are_documented(schema):
    operation = schema["paths"]["/items/"]["get"]
    assert [p["name"] for p in operation["parameters"]] == [
        "prefix", "limit", "offset", "count"
    ]  # fmt: skip
    content = operation["responses"]["200"]["content"]["application/json"]
    name = content["schema"]["$ref"].rpartition("/")[2]
    page = schema["components"]["schemas"][name]
    assert page["properties"]["data"]["items"] == {"$ref": "#/components/schemas/Item"}


def test_left_out_of_the_documentation(server, schema):
    assert server.get("/hidden/").json == "/res/2/"
    assert server.get("/res/2/").json == "resres"
    assert not {"/hidden/", "/res/{step}/"} & schema["paths"].keys()


def test_methods_and_names(server):
    for method in ("POST", "PUT"):
        want = ["/counter/3/", "/child/leaf/4/", "/iris/predict/"]
        assert server.request(method, "/several/").json == want
    assert server.request("DELETE", "/several/").json == "gone"
    assert server.get("/child/leaf/4/").json == 4
    assert server.get("/unresolved/nothing/").status == 404
    assert server.get("/unresolved/counter/").status == 404  # needs a value


def test_answers(server):
    assert server.get("/answers/api/").json == {"id": 1}
    answer = server.get("/answers/wrong/")
    assert (answer.status, answer.json["error"]) == (500, "SerializationError")
    answer = server.get("/answers/lines/")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text == '{"a":1}\n[2]\n'
    answer = server.get("/answers/error/")
    assert (answer.status, answer.json["detail"]) == (418, "tea")


def test_further_methods_of_models(server, schema):
    for path in ("/model/", "/iris/"):
        answer = server.post(f"{path}predict_proba/", ROWS)
        (row,) = answer.json["output"]
        assert sum(row) == pytest.approx(1)
        assert f"{path}predict_proba/" in schema["paths"]
    assert server.post("/model/sure/", ROWS).json == [max(row)]


def test_an_exception_handler_of_asgi(server):
    answer = server.get("/refused/")
    assert (answer.status, answer.text) == (409, "/refused/ no b''")


@pytest.mark.parametrize(
    ("query", "want"),
    [
        ("n=1&n=-2&days=2020-01-31", [[1, -2], ["2020-01-31"], None]),
        ("n=0&flags=true&flags=0", [[0], [], [True, False]]),
        ("", {"n": ["This field is required."]}),
        ("n=1&n=x", {"n": {"1": ["Must be a number."]}}),
        (
            "n=x&flags=maybe",
            {"n": {"0": ["Must be a number."]}, "flags": {"0": ["Must be a boolean."]}},
        ),
        (
            "n=1&days=2020-01-31&days=2020-02-31",
            {"days": {"1": ["Must be a valid date format."]}},
        ),
        ("n=1&sizes=1&sizes=2&prices=1.50&colour=1", [[1], [], None]),
        ("n=1&sizes=3", {"sizes": {"0": ["Not a valid choice."]}}),
        ("n=1&prices=1&prices=x", {"prices": {"1": ["Must be a decimal number."]}}),
        ("n=%ff", {"n": {"0": ["Must be a number."]}}),
        ("n=1&names=%ff", "the text of 'names' is not UTF-8"),
    ],
)
def test_lists_of_the_query(server, query, want):
    answer = server.get(f"/list/?{query}")
    if isinstance(want, list):
        assert (answer.status, answer.json) == (200, want)
    else:
        assert (answer.status, answer.json["detail"]) == (400, want)


def test_parameters_of_the_query_are_documented(server):
    operation = server.get("/schema/").json["paths"]["/list/"]["get"]
    found = {one["name"]: (one["required"], one["schema"]) for one in
             operation["parameters"]}  # fmt: skip
    for name, (_, schema) in found.items():
        assert schema.pop("title") == name
    array = {"type": "array"}
    assert found == {
        "n": (True, {**array, "items": {"type": "integer"}}),
        "days": (False, {**array, "items": {"type": "string", "format": "date"},
                         "default": []}),
        "flags": (False, {**array, "items": {"type": "boolean"}}),
        "sizes": (False, {**array, "items": {"type": "integer", "enum": [1, 2]},
                          "default": [1]}),
        "prices": (False, {**array, "items": {"type": "string"}}),
        "names": (False, {**array, "items": {"type": "string"}, "default": ["x"]}),
        "colour": (False, {"type": "string", "enum": ["red", "1"]}),
        "limit": (False, {"type": "integer", "default": 3}),
    }  # fmt: skip


def test_who_asked(server):
    assert server.get("/client/").json == ["127.0.0.1", True]


def test_a_response_answers_as_an_asgi_application(server):
    answer = server.get("/odd/way/")
    assert (answer.status, answer.json) == (409, {"odd": "way"})
    answer = server.get("/odd/stream/")
    assert (answer.status, answer.text, answer.headers["x-odd"]) == (410, "ab", "1")


def test_names_of_parameters_outlive_their_apps(run_python):
    """Names that are no identifiers are made anew for each app."""
    done = run_python("-c", APPS_ANEW, timeout=120, PYTHONMALLOC="malloc")
    assert (done.returncode, done.stdout) == (0, "40\n"), done.stderr[-2000:]
