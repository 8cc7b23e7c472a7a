"""Exceptions of every kind in handlers, and what the debug page shows of them."""

import pathlib
import re

import pytest

NAMES = [
    "base", "group", "memory", "generator", "stop", "assertion", "unicode",
    "cancelled", "timeout", "surrogate", "huge", "odd", "no-text",
]  # fmt: skip


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("failing:app")


def text_of(page):
    """What a reader sees of a page, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def page(server, path):
    answer = server.request("GET", path, headers={"accept": "text/html"})
    assert answer.status == 500
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


@pytest.mark.parametrize("outer", ["plain", "later"])
def test_the_debug_page_shows_the_frames_of_python(server, outer):
    shown = text_of(page(server, f"/{outer}/"))
    assert "ZeroDivisionError: division by zero" in shown
    assert "# the line that fails" in shown
    assert "return inner(0)" in shown
    assert shown.index("failing.py") > 0
    assert shown.index("# the line that fails") < shown.index("return inner(0)")
    assert outer in shown


def test_a_person_reads_the_page(server, browser):
    """Frames of Python fold and unfold, and nothing is loaded or refused."""
    browser.open(f"{server.url}/plain/")
    browser.wait("document.querySelector('.unfold')")
    title = browser.evaluate("document.querySelector('h1').textContent")
    assert "ZeroDivisionError: division by zero" in title
    source = "document.querySelector('.frames li:nth-child(2) .source')"
    assert not browser.evaluate(f"{source}.checkVisibility()")
    browser.click(".frames li:nth-child(2) summary")
    browser.wait(f"{source}.checkVisibility()")
    marked = browser.evaluate(f"{source}.querySelector('mark').textContent")
    assert marked.strip() == "return inner(0)"
    assert all(url.startswith(server.url) for url in browser.requests)
    assert [e for e in browser.errors if e.get("source") != "network"] == []


def test_variables_and_what_led_to_an_exception(server):
    """In order: the exception, what it came from, and each frame with its variables."""
    shown = text_of(page(server, "/chain/"))
    order = [
        "TypeError: unsupported operand",
        "secret = &#39;local of chain&#39;",
        "It was raised while handling ValueError: no key",
        "unshown = &lt;Unshown: its repr raises OSError&gt;",
        "wide = &lt;script&gt;\\x00\\ud800 www",
        "many = [0, 1, 2, 3, 4, 5, ...]",
        "It was raised from KeyError: ",
    ]
    places = [shown.index(text) for text in order]
    assert places == sorted(places)
    assert "w" * 200 not in shown


def test_causes_that_go_in_a_circle(server):
    shown = text_of(page(server, "/loop/"))
    assert shown.index("It was raised from ValueError: second") > 0
    assert "It was raised from ValueError: first" not in shown


def test_variables_are_bounded(server):
    text = page(server, "/variables/")
    assert "v0 = " in text and len(text) < 150_000
    assert "x" * 200 not in text


def test_variables_in_a_browser(server, browser):
    """They unfold with their frame, and are text."""
    browser.open(f"{server.url}/chain/")
    browser.wait("document.querySelector('.unfold')")
    variables = "document.querySelector('.frames li:nth-child(3) .locals')"
    assert not browser.evaluate(f"{variables}.checkVisibility()")
    browser.click(".frames li:nth-child(3) summary")
    browser.wait(f"{variables}.checkVisibility()")
    assert "<script>" in browser.evaluate(f"{variables}.textContent")
    cause = browser.evaluate("document.querySelector('.earlier').textContent")
    assert cause == "It was raised while handling ValueError: no key"
    assert [e for e in browser.errors if e.get("source") != "network"] == []


def test_deep_recursion_shows_the_innermost_frames(server):
    shown = text_of(page(server, "/deep/"))
    assert "# the line that fails" in shown
    assert "return deep(count - 1) if count else inner(0)" in shown


def test_names_in_frames_are_escaped(server):
    shown = page(server, "/generated/")
    assert "<script>'" not in shown
    assert "&lt;generated &amp; more&gt;" in shown


@pytest.mark.parametrize("name", NAMES)
def test_every_exception_is_answered(server, name):
    assert server.get(f"/any/{name}/").status == 500
    assert "Traceback" not in server.get(f"/any/{name}/").text
    assert server.get("/schema/").status == 200


def test_memory_is_steady(run_python):
    script = pathlib.Path(__file__).with_name("steady.py")
    done = run_python(
        script,
        "8000",
        timeout=300,
        ASAN_OPTIONS="detect_leaks=0:exitcode=99:quarantine_size_mb=1",
        PYTHONMALLOC="pymalloc",
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
