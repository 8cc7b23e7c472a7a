"""examples/add_model_resource.py, run by `flama run`: answers and pages."""

import json
import os
import re
import sys

import page
import pytest
from server import FLAMA, ROOT, keep, start_program

ROWS = json.dumps({"input": [[5.8, 2.8, 5.1, 2.4], [6.0, 2.2, 4.0, 1.0]]})


def start(*options):
    """The program hands the app over to the Python of the environment."""
    return start_program(
        FLAMA, "run", "add_model_resource:app", "--server-port", "0", *options,
        cwd=ROOT / "examples",
        VIRTUAL_ENV=sys.prefix,
        LD_PRELOAD=os.environ.get("PYTHON_PRELOAD", ""),
        ASAN_OPTIONS="detect_leaks=0:exitcode=99",
    )  # fmt: skip


@pytest.fixture(scope="module")
def run():
    yield from keep(start)


@pytest.fixture(scope="module")
def app(run):
    return run()


@pytest.fixture(scope="module")
def debug(run):
    return run("--app-debug")


@pytest.mark.parametrize("case", page.CASES, ids=page.NAMES)
def test_answer(app, case):
    page.check_answer(app, case)


def test_documented_as_recorded(app):
    page.check_document(app)


def test_the_name_given_twice_is_a_warning(app):
    app.hears("at /pytorch_model/ and /sklearn_model/ have .* name, 'pythorch_model'")


def test_try_it_out(debug, browser):
    """A person opens the documentation, types rows and gets the page's prediction."""
    browser.open(f"{debug.url}/docs/")
    operation = "[id*='_my_model_predict_']"
    browser.click(f"{operation} .opblock-summary-control")
    browser.click(f"{operation} .try-out__btn")
    browser.type(f"{operation} textarea.body-param__text", ROWS)
    browser.click(f"{operation} button.execute")
    table = f"{operation} .live-responses-table"
    browser.wait(f'document.querySelector("{table} .highlight-code")')
    shown = browser.evaluate(f'document.querySelector("{table} tbody").innerText')
    assert shown.split()[0] == "200"
    assert re.search(r'"output":\s*\[\s*2,\s*1\s*\]', shown)
    assert browser.errors == []
    for url in browser.requests:
        assert url.startswith((debug.url, "data:", "blob:"))
