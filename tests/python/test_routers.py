"""Routers below a mount: their routes are the application's."""

from pathlib import Path

import pytest

APPS = Path(__file__).resolve().parent / "apps"


@pytest.fixture(scope="module")
def server(run_app):
    return run_app("routers:app")


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("/unit/", ["everybody's", True, "/unit/", {}]),
        ("/plain/unit/", ["everybody's", True, "/plain/unit/", {}]),
        ("/users/3/unit/", ["user's", True, "/users/3/unit/", {"user": 3}]),
        ("/users/3/items/a%20b/", [3, "a b"]),
        ("/users/3/seen/", ["users", "items"]),
        ("/urls/", ["/unit/", "/users/3/unit/", "/users/3/items/a%20b/"]),
    ],
)
def test_routes(server, path, want):
    answer = server.get(path)
    assert (answer.status, answer.json) == (200, want)


def test_errors_are_the_applications(server):
    answer = server.request("DELETE", "/users/3/items/x/")
    assert (answer.status, answer.json) == (410, {"lost": "3's x"})
    assert server.request("POST", "/users/3/items/x/").status == 405
    assert server.get("/users/x/unit/").status == 404


def test_they_stand_in_the_document(server):
    paths = server.get("/schema/").json["paths"]
    assert set(paths["/users/{user}/items/{item}/"]) == {"get", "delete"}
    assert "/plain/unit/" in paths


def test_the_end_of_their_lifespan(run_app):
    printed = run_app("routers:app").stop()
    assert printed.index("items ends") < printed.index("users ends")


def test_what_is_wrong_with_them(run_python):
    text = "import routers; routers.wrong._start()"
    done = run_python("-c", text, timeout=60, cwd=APPS)
    assert "route 'sub:<lambda>': parameter 'x' has no type" in done.stderr
