"""Resources with models: the page's example in small."""

import datetime

import pytest

ROWS = [[5.8, 2.8, 5.1, 2.4], [6.0, 2.2, 4.0, 1.0]]


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("resources:app")


@pytest.mark.parametrize(
    ("body", "status", "want"),
    [
        ({"input": ROWS}, 200, {"output": [2, 1]}),
        ({"input": ROWS, "extra": 1}, 200, {"output": [2, 1]}),
        ({}, 400, {"input": ["This field is required."]}),
        ({"input": "x"}, 400, {"input": ["Must be an array."]}),
        ({"input": None}, 400, {"input": ["May not be null."]}),
        ([1], 400, {"": ["Must be an object."]}),
        (
            {"input": [[1, 2, 3]]},
            400,
            "X has 3 features, but MLPClassifier is expecting 4 features as input.",
        ),
    ],
)
def test_own_predict(server, body, status, want):
    answer = server.post("/sk_model/predict/", body)
    given = answer.json if status == 200 else answer.json["detail"]
    assert (answer.status, given) == (status, want)


def test_cells_a_model_can_not_take_are_named(server):
    answer = server.post("/sk_model/predict/", {"input": [[1, None, 3, 4]]})
    assert answer.status == 400
    assert "[0][1]" in answer.json["detail"]


def test_an_answer_that_breaks_its_promise(server):
    answer = server.get("/sk_model/broken/")
    assert (answer.status, answer.json) == (
        500,
        {
            "status_code": 500,
            "detail": {"output": ["This field is required."]},
            "error": "SerializationError",
        },
    )


def test_async_method_with_texts_as_annotations(server):
    answer = server.post("/sk_model/twice/", {"input": [1, [2.5]]})
    assert answer.json == {"output": [1, [2.5], 1, [2.5]]}


def test_builtin_methods(server, fixtures):
    for path in ("/sk_model/", "/sk_model", "/my_model/", "/decorated/"):
        assert set(server.get(path).json) == {"meta", "manifest"}
    answer = server.post("/my_model/predict/", {"input": ROWS})
    assert answer.json == {"output": [2, 1]}
    assert server.get("/my_model/inspect/").json == {
        "params": server.get("/my_model/").json
    }


def test_meta(server):
    meta = server.get("/my_model/metadata/").json["metadata"]
    assert meta["built-in"] == {"verbose_name": "My ML model", "name": "my_model"}
    assert meta["custom"].keys() == {
        "model_version", "library_version", "date", "time"
    }  # fmt: skip
    datetime.date.fromisoformat(meta["custom"]["date"])


def test_resource_without_a_model(server):
    assert server.get("/plain/7/?step=3").json == [0, 3, 6]


def test_documentation(server):
    document = server.get("/schema/").json
    operation = document["paths"]["/sk_model/predict/"]["post"]
    assert operation["tags"] == ["My ScikitLearn Model"]
    assert operation["summary"] == "Run predict method."
    content = operation["requestBody"]["content"]["application/json"]
    assert content == {"schema": {"$ref": "#/components/schemas/X"}}
    answer = operation["responses"]["200"]
    assert answer["description"] == "ML model prediction."
    assert answer["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/Y"}
    }
    assert {"X", "Y"} <= document["components"]["schemas"].keys()
    assert document["components"]["schemas"]["X"]["required"] == ["input"]


def test_a_name_given_twice_is_a_warning(run_app):
    server = run_app("resources:app")
    printed = server.stop()
    assert "have the same name, 'my_model'" in printed
