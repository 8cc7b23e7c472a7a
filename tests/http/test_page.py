"""The page's app, examples/add_model_resource.c: see page.py."""

import page
import pytest
from server import ROOT


@pytest.fixture(scope="module")
def app(run_app):
    return run_app(f"{ROOT}/examples/add_model_resource.c:app")


@pytest.mark.parametrize("case", page.CASES, ids=page.NAMES)
def test_answer(app, case):
    page.check_answer(app, case)


def test_documented_as_recorded(app):
    page.check_document(app)


def test_the_name_given_twice_is_a_warning(app):
    """The page gives one name to two resources: both are served, and both are named."""
    app.get("/schema/")
    said = "".join(app.output)
    assert (
        "the resources at /pytorch_model/ and /sklearn_model/ have the same name, "
        "'pythorch_model': a URL can't be resolved by it" in said
    )


def test_verbose_name_is_the_tag(app):
    built_in = app.get("/schema/").json["paths"]["/sklearn_model/predict/"]["post"]
    assert built_in["tags"] == ["ScikitLearn model"]
