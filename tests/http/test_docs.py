"""The documentation page, and the OpenAPI document it shows."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

INPUT = json.dumps({"input": [[5.8, 2.8, 5.1, 2.4]]})


@pytest.fixture(scope="module")
def server(serve, fixtures):
    return serve(fixtures / "sklearn_model.flm")


@pytest.fixture(scope="module")
def schema(server):
    answer = server.get("/schema/")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/vnd.oai.openapi")
    return answer.json


def component(schema, reference):
    *_, name = reference["$ref"].split("/")
    return schema["components"]["schemas"][name]


def test_schema_is_valid(schema):
    assert schema["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(schema).validate()


def test_schema_of_every_model_is_valid(serve, fixtures):
    names = ["sk_str_logreg", "sk_bool_logreg", "sk_multi_linear", "sk_ridge"]
    models = [
        argument
        for name in names
        for argument in (
            "--model",
            f"file={fixtures / name}.flm,url=/{name}/,name={name}",
        )
    ]
    answer = serve(*models).get("/schema/")
    OpenAPIV31SpecValidator(answer.json).validate()
    assert set(answer.json["paths"]) == {
        path for name in names for path in (f"/{name}/", f"/{name}/predict/")
    }


def test_operations(schema):
    assert list(schema["paths"]) == ["/", "/predict/"]
    assert set(schema["paths"]["/"]) == {"get"}
    assert set(schema["paths"]["/predict/"]) == {"post"}
    for path in schema["paths"].values():
        for operation in path.values():
            default = operation["responses"]["default"]
            assert default["description"] == "Unexpected error."
            error = component(schema, default["content"]["application/json"]["schema"])
            assert set(error["required"]) == {"status_code", "detail"} | (
                {"error"} & set(error["required"])
            )


def test_the_input_has_the_shape_of_the_model(schema):
    post = schema["paths"]["/predict/"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    rows = component(schema, body)["properties"]["input"]
    assert rows["type"] == "array"
    assert (rows["items"]["minItems"], rows["items"]["maxItems"]) == (4, 4)
    assert component(schema, body)["required"] == ["input"]


def test_docs_page_is_complete(server):
    page = server.get("/docs/")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert assets
    for asset in assets:
        assert "//" not in asset
        path = asset if asset.startswith("/") else f"/docs/{asset}"
        answer = server.get(path)
        assert answer.status == 200
        assert answer.body


def test_try_it_out(server, browser, build_folder):
    """A person opens the page, types rows and gets the prediction."""
    browser.open(f"{server.url}/docs/")
    browser.click(".opblock-post .opblock-summary-control")
    browser.click(".opblock-post .try-out__btn")
    browser.type(".opblock-post textarea.body-param__text", INPUT)
    browser.click(".opblock-post button.execute")
    table = ".opblock-post .live-responses-table"
    browser.wait(f"document.querySelector('{table} .highlight-code, {table} pre')")
    status = browser.evaluate(
        f"document.querySelector('{table} tbody .response-col_status').innerText"
    )
    shown = browser.evaluate(f"document.querySelector('{table} tbody').innerText")
    browser.evaluate(f"document.querySelector('{table}').scrollIntoView()")
    browser.screenshot(build_folder / "docs.png")
    assert status.split()[0] == "200"
    assert re.search(r'"output":\s*\[\s*2\s*\]', shown)
    assert browser.errors == []
    foreign = [
        url
        for url in browser.requests
        if not url.startswith((server.url, "data:", "blob:"))
    ]
    assert foreign == []
