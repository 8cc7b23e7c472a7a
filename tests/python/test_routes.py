"""Functions as routes: what they get, what they give, what goes wrong in them."""

import json
import socket
import threading
import time

import pytest

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("plain:app")


def invalid(**detail):
    return {"status_code": 400, "detail": detail, "error": "ValidationError"}


@pytest.mark.parametrize(
    ("path", "status", "want"),
    [
        ("/hello/ana/", 200, {"text": "hello ana"}),
        ("/hello/a%20b/?times=2&loud=on", 200, {"text": "HELLO A B HELLO A B"}),
        ("/hello/ana/?times=x", 400, invalid(times=["Must be a number."])),
        (
            "/needs/",
            400,
            invalid(a=["This field is required."], b=["This field is required."]),
        ),
        ("/needs/?a=1&b=2", 200, {"a": 1, "b": 2.0}),
        ("/task/", 200, [1, 2, True]),
        ("/own-loop/", 200, "ran"),
        (
            "/scaled/7/",
            200,
            {"value": 21, "factor": 3, "amount": 7, "unit": "m"},
        ),
        ("/both/", 200, "both"),
    ],
)
def test_get(server, path, status, want):
    answer = server.get(path)
    assert (answer.status, answer.json) == (status, want)


def test_converted_parameters(server):
    id = "12345678-1234-5678-1234-567812345678"
    query = "day=2020-02-29&when=2020-01-02T03:04:05Z&price=1.50&colour=red"
    answer = server.get(f"/kinds/{id}/?{query}")
    assert answer.status == 200, answer.text
    assert answer.json == {
        "types": ["UUID", "date", "datetime", "Decimal", "Colour", "NoneType"],
        "values": [id, "2020-02-29", "2020-01-02T03:04:05+00:00", 1.5, "red", None],
    }
    wrong = server.get(f"/kinds/{id}/?{query.replace('red', 'pink')}")
    assert (wrong.status, wrong.json["detail"]) == (
        400,
        {"colour": ["Not a valid choice."]},
    )
    wrong = server.get(f"/kinds/{id}/?{query.replace('1.50', 'x')}")
    assert wrong.json["detail"] == {"price": ["Must be a decimal number."]}


@pytest.mark.parametrize("path", ["/echo/", "/slow/"])
@pytest.mark.parametrize(
    "text",
    [
        '{"a":[[1,2.5],[3,4]],"b":[1.0,2],"c":123456789012345678901234567890}',
        '{"deep":[[[[1]]],[[2]]],"empty":[[],[]],"null":[1,null,2.5]}',
        '{"text":"\\u00fc \\ud83d\\ude00","neg":-0.0,"e":[1e5,1E-7,9007199254740993]}',
        '{"bools":[true,1],"ragged":[[1],[1,2]],"big":[1e300,-9223372036854775808]}',
        "{}",
    ],
)
def test_bodies_arrive_as_python_reads_them(server, path, text):
    answer = server.post(path, text)
    assert answer.status == 200, answer.text
    # repr tells 1 from 1.0, which == does not
    assert repr(answer.json) == repr(json.loads(text))


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("none", 200, '""'),
        ("text", 200, '"text"'),
        ("number", 200, "5"),
        ("mixed", 200, '[1,2.5,null,true,"ü",{"a":[1,2]}]'),
        ("floats", 200, "[[1.0,2.5],[1e-07,1e+16]]"),
        ("big", 200, "1180591620717411303424"),
        ("set", 200, '{"s":[1]}'),
        ("date", 200, '"2020-01-02"'),
        ("keys", 200, '{"2":"a","null":"b","true":"c","1.5":"d"}'),
        ("html", 201, "<b>ü</b>"),
        ("plain", 200, "plain"),
        ("json", 202, '{"a":1}'),
        ("redirect", 307, ""),
        ("object", 500, "Internal Server Error"),
        ("surrogate", 500, "Internal Server Error"),
        ("header", 500, "Internal Server Error"),
    ],
)
def test_answers(server, kind, status, body):
    answer = server.get(f"/answer/{kind}/")
    assert (answer.status, answer.text) == (status, body)


def test_response_headers(server):
    html = server.get("/answer/html/").headers
    assert (html["content-type"], html["x-a"]) == ("text/html; charset=utf-8", "1")
    assert server.get("/answer/redirect/").headers["location"] == "/hello/%C3%BC%20x/"


def test_no_number_is_told_with_its_place(server):
    answer = server.get("/answer/nan/")
    assert answer.status == 500
    assert answer.json["error"] == "SerializationError"
    assert "$.a[1]" in answer.json["detail"]


def test_data_within_itself_is_refused(server):
    assert server.get("/loop/").status == 500


def test_request(server):
    answer = server.request("GET", "/request/?a=1&b=%20x", headers={"user-agent": "me"})
    assert answer.json == {
        "method": "GET",
        "path": "/request/",
        "query": {"a": "1", "b": " x"},
        "agent": "me",
    }


@pytest.mark.parametrize("wait", ["", "?wait=1"])
@pytest.mark.parametrize("kind", ["runtime", "cancelled", "recursion", "odd"])
def test_a_mistake_in_a_handler_is_500(server, kind, wait):
    answer = server.get(f"/fail/{kind}/{wait}")
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("kind", ["key", "base", "none", "generator"])
def test_a_mistake_in_a_plain_handler_is_500(server, kind):
    assert server.get(f"/sync-fail/{kind}/").status == 500


@pytest.mark.parametrize("wait", ["", "?wait=1"])
def test_http_exceptions(server, wait):
    answer = server.get(f"/fail/teapot/{wait}")
    assert (answer.status, answer.headers["x-why"]) == (418, "tea")
    assert answer.json == {
        "status_code": 418,
        "detail": {"a": 1},
        "error": "HTTPException",
    }
    answer = server.get(f"/fail/validation/{wait}")
    assert (answer.status, answer.json) == (400, invalid(a=["wrong"]))


@pytest.mark.parametrize("path", ["/context/", "/plain-context/"])
def test_each_request_has_a_context_of_its_own(server, path):
    assert server.get(f"{path}ana/").json == ["nobody", "ana"]
    assert server.get(f"{path}bea/").json == ["nobody", "bea"]


def test_not_found_and_not_allowed(server):
    assert server.get("/nothing/").json["detail"] == "Not Found"
    answer = server.request("PUT", "/both/")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, DELETE, OPTIONS"


def test_documentation(server):
    document = server.get("/schema/").json
    assert document["info"]["title"] == "Plain"
    operation = document["paths"]["/hello/{name}/"]["get"]
    assert operation["summary"] == "Say hello"
    assert operation["tags"] == ["greetings"]
    places = {p["name"]: (p["in"], p["required"]) for p in operation["parameters"]}
    assert places == {
        "name": ("path", True),
        "times": ("query", False),
        "loud": ("query", False),
    }
    assert "amount" in json.dumps(document["paths"]["/scaled/{amount}/"])
    assert server.get("/docs/").status == 200


def test_many_at_once(server):
    wrong = []

    def ask(number):
        for i in range(50):
            path = "/slow/" if i % 5 == 0 else "/echo/"
            data = {"who": number, "i": i}
            answer = server.post(path, data)
            if answer.json != data:
                wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def test_native_routes_do_not_wait_for_python(run_app):
    """With the interpreter stuck the model's own routes answer, and the stuck request
    is answered 504 when its time is over."""
    server = run_app("plain:app", "--server-timeout-request", "0.5")
    stuck = []
    thread = threading.Thread(target=lambda: stuck.append(server.get("/stuck/")))
    thread.start()
    started = time.monotonic()
    body = {"input": [[5.8, 2.8, 5.1, 2.4]]}
    answer = server.post("/iris/predict/", body)
    assert (answer.status, answer.json) == (200, {"output": [2]})
    thread.join(30)
    waited = time.monotonic() - started
    assert stuck[0].status == 504
    assert waited < 10
    assert server.get("/iris/").status == 200
    assert server.get("/hello/x/").status == 504  # Python is still stuck
    printed = "".join(server.output)
    assert "the handler 'stuck' has run for over 0.5 s, at:" in printed
    assert ", in stuck" in printed
    server.process.kill()
    server.process.wait(30)
    server.stop = lambda: None


def test_events(run_app):
    server = run_app("plain:app")
    server.get("/free/")
    assert "events: startup freed shutdown" in server.stop()


def test_sys_exit_in_a_handler_stops_the_server(run_app):
    server = run_app("plain:app")
    assert server.get("/leave/").status == 503
    assert server.process.wait(30) == 3
    server.stop = lambda: None


@pytest.mark.parametrize("path", ["/echo/", "/slow/"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"a": NaN}', 400),
        (b'{"a": 1e999}', 500),  # the handler gives an infinity
        (b'{"a": "\xff\xfe"}', 400),
        (b'{"a": "\\ud800"}', 400),
        (b'{"a":' * 100_000, 413),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 413),
        (b'{"a":' + b"9" * 100_000 + b"}", 400),
        (b'{"a": [1.5,' + b"9" * 100_000 + b"]}", 400),
        (b"[1]", 400),
        (b"null", 400),
        (b'"x"', 400),
        (b'{"a": [1, "x", null, [2]]}', 200),
        (b'{"\\u0000": "\\u0000"}', 200),
    ],
)
def test_bad_bodies_have_a_clear_answer(server, path, body, status):
    answer = server.request("POST", path, body, JSON)
    assert answer.status == status, answer.text[:300]
    assert "Traceback" not in answer.text
    assert server.post("/echo/", {"a": 1}).json == {"a": 1}


def test_clients_that_leave(server):
    text = b'POST /slow/ HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\n{"a":1}'
    for cut in (20, len(text) - 3, len(text)):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(text[:cut])
    assert server.post("/slow/", {"a": 1}).json == {"a": 1}
    assert server.process.poll() is None
