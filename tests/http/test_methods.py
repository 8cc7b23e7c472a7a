"""Methods of a model that are served when they are asked for."""

import json

import pytest
from server import FIXTURES, FLAMA, start_program

IRIS = FIXTURES / "sk_logreg_multinomial.flm"
SEVERAL = FIXTURES / "sk_multi_knn_classifier.flm"
ROWS = json.loads((FIXTURES / "golden" / "sk_logreg_multinomial.json").read_text())
ROWS = ROWS["input"]


@pytest.fixture(scope="module")
def server(serve, tmp_path_factory):
    spec = tmp_path_factory.mktemp("spec") / "models.json"
    methods = ["predict_proba", "decision_function"]
    spec.write_text(json.dumps({"file": str(IRIS), "url": "/j/", "methods": methods}))
    return serve(
        *("--model", f"file={IRIS},url=/a/,name=a,methods=decision_function"),
        *("--model", f"file={SEVERAL},url=/b,name=b,methods=predict_proba"),
        *("--model", f"file={IRIS},url=/plain/,name=plain"),
        *("--model", f"@{spec}"),
    )


def test_probabilities(server):
    answer = server.post("/j/predict_proba/", {"input": ROWS})
    labels = server.post("/j/predict/", {"input": ROWS}).json["output"]
    assert answer.status == 200
    for row, label in zip(answer.json["output"], labels, strict=True):
        assert sum(row) == pytest.approx(1)
        assert row.index(max(row)) == label


def test_decisions(server):
    one = server.post("/a/decision_function/", {"input": ROWS})
    other = server.post("/j/decision_function/", {"input": ROWS})
    assert one.status == 200
    assert one.json == other.json
    assert len(one.json["output"][0]) == 3


def test_what_is_not_asked_for_is_not_there(server):
    assert server.post("/a/predict_proba/", {"input": ROWS}).status == 404
    assert server.post("/plain/predict_proba/", {"input": ROWS}).status == 404


def test_bad_rows_are_refused_as_by_predict(server):
    for path in ("/j/predict/", "/j/predict_proba/"):
        answer = server.post(path, {"input": [[1, 2]]})
        assert answer.status == 400
        assert "features" in answer.json["detail"]


def test_several_outputs_are_a_list_of_matrices(server):
    features = server.get("/schema/").json["components"]["schemas"]
    items = features["flama.ml.PredictInput.b"]["properties"]["input"]["items"]
    row = [0.5] * items["minItems"]
    answer = server.post("/b/predict_proba/", {"input": [row, row, row]})
    outputs = len(server.post("/b/predict/", {"input": [row]}).json["output"][0])
    assert len(answer.json["output"]) == outputs
    assert all(len(matrix) == 3 for matrix in answer.json["output"])


def test_the_document_describes_them(server):
    document = server.get("/schema/").json
    body = document["paths"]["/j/predict_proba/"]["post"]
    content = body["responses"]["200"]["content"]["application/json"]
    name = content["schema"]["$ref"].rsplit("/", 1)[1]
    assert name == "flama.ml.PredictProbaOutput.model"
    output = document["components"]["schemas"][name]["properties"]["output"]
    assert output["items"]["minItems"] == output["items"]["maxItems"] == 3
    wanted = body["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert wanted.endswith("/flama.ml.PredictInput.model")
    decisions = document["components"]["schemas"]["flama.ml.DecisionFunctionOutput.a"]
    assert "enum" not in json.dumps(decisions)


@pytest.mark.parametrize(
    ("methods", "words"),
    [
        ("predict_proba", "'predict_proba', which its model does not have"),
        ("decision_function+guess", "'guess': predict_proba, decision_function and"),
    ],
)
def test_wrong_methods_are_errors_of_the_start(flama, methods, words):
    file = FIXTURES / "sk_linear_svc.flm"
    done = flama("serve", file, "--model-methods", methods, "--server-port", "0")
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_configuration_file_asks_too(tmp_path):
    config = tmp_path / "flama.json"
    model = {"url": "/", "path": str(IRIS), "name": "m", "methods": "predict_proba"}
    app = {"title": "T", "models": [model]}
    config.write_text(json.dumps({"app": app, "server": {"port": 0}}))
    server = start_program(FLAMA, "start", config)
    try:
        answer = server.post("/predict_proba/", {"input": ROWS})
        assert len(answer.json["output"]) == len(ROWS)
    finally:
        server.stop()
