"""The pages of debug mode: who gets them, what they say, and that they are harmless."""

import itertools
import json
import re
from html.parser import HTMLParser

import pytest
from server import BUILD, FLAMA, ROOT, start_program

APP = BUILD / "tests" / "http" / "debug-app"
SOURCE = (ROOT / "tests" / "http" / "debug_app.c").read_text().splitlines()
FAILING_LINE = next(i for i, s in enumerate(SOURCE, 1) if "the failing line" in s)
HTML = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
ATTACK = "<script>document.title='taken'</script>\"'><img src=x onerror=alert(1)>"
LIMIT = 150_000


@pytest.fixture(scope="module")
def server():
    server = start_program(APP)
    yield server
    server.stop()


JSON = {"content-type": "application/json"}


class Elements(HTMLParser):
    """Collects the names of all elements and attributes of a page."""

    def __init__(self):
        super().__init__()
        self.names, self.attributes = [], set()

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes.update(name for name, _ in attrs)


def page(server, path, method="GET", body=None, **headers):
    answer = server.request(method, path, body, {**HTML, **headers})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(answer.body) < LIMIT
    assert re.search(r"<title>\d+ \w+</title>", answer.text)
    return answer


def test_the_page_of_a_failing_handler(server):
    answer = page(server, "/broken/7/?tag=x", **{"x-mine": "yes"})
    assert answer.status == 500
    text = answer.text
    assert "gave up: the secret is 42" in text
    assert "EINTERNAL" in text
    marked = re.search(r'<mark class="line" data-n="(\d+)">(.*)', text)
    assert int(marked[1]) == FAILING_LINE
    assert "return flama_fail(call, FLAMA_EINTERNAL, &quot;gave up" in marked[2]
    functions = re.findall(r'<code class="function">([^<]*)</code>', text)
    assert functions[:4] == ["give_up", "broken_body", "broken_entry", "call_handler"]
    users = text[text.index('id="frames"') : text.index("Frames of the server")]
    assert "call_handler" not in users
    assert f"debug_app.c:{FAILING_LINE}" in users
    assert '<th scope="row">x-mine</th><td><code data-copy="x-mine">yes<' in text
    wiring = text[text.index('id="wiring"') : text.index('id="routes"')]
    for part in (
        "the path parameter <code>id</code>: <code>7</code>",
        "component <code>make_session</code>, made for each request",
        "component <code>make_settings</code>, made once for the app",
        "the header <code>user-agent</code>, which may be absent",
        "the query parameter <code>tag</code>",
    ):
        assert part in wiring
    assert "/refuse/" in text[text.index('id="routes"') :]


def test_a_refusal_of_the_handler_has_a_page_too(server):
    answer = page(server, "/refuse/", "POST", '{"count": 3}', **JSON)
    assert answer.status == 400
    assert "3 rows are too many" in answer.text
    assert "$.count" in answer.text
    assert "{&quot;count&quot;: 3}" in answer.text


def test_mistakes_of_the_request_are_listed(server):
    answer = page(server, "/refuse/", "POST", '{"count": 0}', **JSON)
    assert answer.status == 400
    mistakes = answer.text[answer.text.index('id="mistakes"') :]
    assert "<li><code>count</code> " in mistakes
    assert "There is none" in answer.text


def test_a_handler_that_says_nothing(server):
    answer = page(server, "/forget/")
    assert answer.status == 500
    assert "handler forget returned EINTERNAL without saying why" in answer.text


def test_a_path_without_a_route_lists_the_routes(server):
    answer = page(server, "/nothing")
    assert answer.status == 404
    assert "No route has the path /nothing" in answer.text
    assert '<a href="/hello/">/hello/</a>' in answer.text
    assert "/broken/{id:int}/" in answer.text
    assert 'href="/broken' not in answer.text
    assert '<a href="/docs/">' in answer.text


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/html;q=0"])
def test_other_clients_get_the_usual_answers(server, accept):
    headers = {"accept": accept} if accept else {}
    answer = server.request("GET", "/broken/7/", headers=headers)
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    answer = server.request("GET", "/nothing", headers=headers)
    assert answer.json == {
        "status_code": 404,
        "detail": "Not Found",
        "error": "HTTPException",
    }


@pytest.mark.parametrize(
    ("site", "mode", "shown"),
    [
        ("cross-site", "cors", False),
        ("same-site", "no-cors", False),
        ("cross-site", "navigate", True),
        ("same-origin", "cors", True),
        ("none", "navigate", True),
    ],
)
def test_scripts_of_other_sites_get_the_usual_answers(server, site, mode, shown):
    fetch = {"sec-fetch-site": site, "sec-fetch-mode": mode}
    answer = server.request("GET", "/broken/7/", headers={**HTML, **fetch})
    assert ("Backtrace" in answer.text) == shown
    assert answer.status == 500


def test_a_wrong_method_is_answered_as_ever(server):
    answer = server.request("DELETE", "/hello/", headers=HTML)
    assert answer.status == 405
    assert answer.json["detail"] == "Method Not Allowed"


def test_what_works_works(server):
    assert server.request("GET", "/hello/", headers=HTML).json == {"text": "hello"}


def test_without_debug_nothing_is_told(serve, fixtures):
    server = serve(fixtures / "sklearn_model.flm")
    answer = server.request("GET", "/nothing", headers=HTML)
    assert answer.headers["content-type"] == "application/json"
    assert "content-security-policy" not in answer.headers


def test_the_option_brings_the_pages(serve, fixtures):
    server = serve(fixtures / "sklearn_model.flm", "--app-debug")
    answer = page(server, "/nothing")
    assert "/predict/" in answer.text
    answer = page(server, "/predict/", "POST", '{"input": [[1]]}', **JSON)
    assert answer.status == 400
    assert "flama_builtin_predict" in answer.text


@pytest.mark.parametrize("variable", ["FLAMA_APP_DEBUG", "APP_DEBUG"])
def test_a_variable_brings_the_pages(serve, fixtures, variable):
    server = serve(fixtures / "sklearn_model.flm", **{variable: "1"})
    assert "/predict/" in page(server, "/nothing").text


def test_a_configuration_brings_the_pages(fixtures, tmp_path):
    model = {"url": "/", "path": str(fixtures / "sklearn_model.flm"), "name": "model"}
    config = {"app": {"debug": True, "models": [model]}, "server": {"port": 0}}
    (tmp_path / "flama.json").write_text(json.dumps(config))
    server = start_program(FLAMA, "start", tmp_path / "flama.json")
    assert "/predict/" in page(server, "/nothing").text
    server.stop()


def test_on_a_public_address_there_is_a_warning(serve, fixtures):
    server = serve(fixtures / "sklearn_model.flm", "--app-debug", "--server-host", "")
    assert "whoever reaches this address" in server.output[0]


def test_hostile_text_stays_text(server):
    quoted = "".join(f"%{byte:02x}" for byte in ATTACK.encode())
    answers = [
        page(server, f"/{quoted}?{quoted}"),
        page(server, "/echo/", "POST", ATTACK, **{"x-attack": ATTACK}),
        page(server, "/echo/", "POST", b"\xff\x00" + ATTACK.encode()),
    ]
    for answer in answers:
        assert "&lt;script&gt;" in answer.text
        elements = Elements()
        elements.feed(answer.text)
        assert elements.names.count("script") == 1
        assert elements.names.count("style") == 1
        assert "img" not in elements.names
        assert {"src", "onerror", "style"}.isdisjoint(elements.attributes)


def test_a_page_stays_small(server):
    quotes = '"' * 15_000
    answer = page(server, "/echo/", "POST", '"' * 500_000, **{"x-long": quotes})
    assert answer.text.endswith("</html>\n")


def shown(browser, selector):
    return browser.evaluate(
        f"document.querySelector({selector!r}).checkVisibility()",
    )


def test_a_person_reads_the_page(server, browser, build_folder):
    """Frames fold and unfold, values are copied, and nothing is loaded or refused."""
    browser.open(f"{server.url}/broken/7/?{ATTACK}")
    browser.wait("document.querySelector('.unfold')")
    assert "gave up" in browser.evaluate("document.querySelector('h1').textContent")
    assert browser.evaluate("document.title") == "500 EINTERNAL"
    frame = ".frames li:nth-child(2)"
    assert not shown(browser, f"{frame} .place")
    browser.click(f"{frame} summary")
    browser.wait(f"document.querySelector('{frame} .place').checkVisibility()")
    browser.click(f"{frame} summary")
    browser.wait(f"!document.querySelector('{frame} .place').checkVisibility()")
    state = "document.querySelector('.unfold').getAttribute('aria-expanded')"
    assert browser.evaluate(state) == "false"
    browser.click(".unfold")
    browser.wait(f"{state} === 'true'")
    assert shown(browser, ".frames li:last-child .place")
    browser.call(
        "Browser.grantPermissions",
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
    )
    browser.evaluate("document.querySelector('.frames .copy').click()")
    browser.wait("document.querySelector('[role=status]').textContent")
    said = browser.evaluate("document.querySelector('[role=status]').textContent")
    assert said == "Copied: place of this frame."
    copied = browser.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"debug_app.c:{FAILING_LINE}")
    for scheme in ("light", "dark"):
        browser.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        browser.screenshot(build_folder / f"debug-{scheme}.png")
    assert browser.requests == [u for u in browser.requests if u.startswith(server.url)]
    assert [e for e in browser.errors if e.get("source") != "network"] == []


def test_a_page_works_without_scripts(server, browser):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.load(f"{server.url}/broken/7/")
    assert browser.evaluate("document.querySelector('.copy')") is None
    assert not shown(browser, ".frames .source")
    browser.evaluate("document.querySelector('.frames summary').click()")
    assert shown(browser, ".frames .source")


def test_the_page_is_for_everyone(server, browser):
    """Landmarks, names of controls, order of headings, contrast of every text."""
    for path in ("/broken/7/", "/nothing"):
        browser.open(f"{server.url}{path}")
        browser.wait("document.querySelector('.copy')")
        browser.evaluate(
            "document.querySelectorAll('details').forEach(d => d.open = true)"
        )
        for landmark in ("header", "nav[aria-label]", "main", "footer"):
            assert browser.evaluate(
                f"document.querySelectorAll('{landmark}').length === 1"
            )
        levels = browser.evaluate(
            "[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])"
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
        unnamed = browser.evaluate(
            "[...document.querySelectorAll('button, a, [tabindex=\"0\"]')].filter(e =>"
            " !e.textContent.trim() && !e.getAttribute('aria-label')).length"
        )
        assert unnamed == 0
        for scheme in ("light", "dark"):
            browser.call(
                "Emulation.setEmulatedMedia",
                features=[{"name": "prefers-color-scheme", "value": scheme}],
            )
            assert browser.evaluate(CONTRAST) >= 4.5


# The least contrast (WCAG 2) of a text on what is behind it.
CONTRAST = """(() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => parse(c).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if ((parse(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  let least = 21;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || e.closest("script")) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
})()"""
