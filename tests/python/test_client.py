"""The client in this process, with httpx and without; answers of every kind by it."""

import textwrap
from pathlib import Path

import pytest

APPS = Path(__file__).parent / "apps"


@pytest.fixture(params=["httpx", "plain"])
def python(run_python, request):
    """Runs a script with `Client` to its end."""

    def run(text):
        without = "sys.modules['httpx'] = None" if request.param == "plain" else ""
        head = f"""
            import asyncio, sys
            {without}
            from flama import Flama
            from flama.client import Client
        """
        done = run_python(
            "-c", textwrap.dedent(head) + textwrap.dedent(text), timeout=120, cwd=APPS
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_answers(python):
    python(
        """
        import answers

        with Client(app=answers.app) as client:
            def get(kind):
                return client.get(f"/answer/{kind}/")

            file = get("file")
            assert file.content == open(answers.__file__, "rb").read()
            assert file.headers["content-type"].startswith("text/x-python")
            assert file.headers["content-disposition"] == (
                "attachment; filename*=utf-8''%C3%A4pp.py")
            assert file.headers["etag"] and file.headers["last-modified"]
            assert get("missing").status_code == 500
            stream = get("stream")
            assert (stream.status_code, stream.text) == (200, "abü")
            plain = get("plain-stream")
            assert (plain.status_code, plain.content) == (202, b"xy")
            assert plain.headers["x-a"] == "1"
            events = get("events")
            assert events.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert events.text == (
                "data: one\\ndata: two\\n\\n"
                'id: 7\\nevent: tick\\nretry: 10\\ndata: {"a":1}\\n\\n')
            try:
                get("broken")
            except RuntimeError as why:  # its head has been sent
                assert str(why) == "the answer broke off"
            else:
                raise AssertionError("a broken stream seems whole")
            error = get("error")
            assert (error.status_code, error.json()) == (
                409, {"status_code": 409, "detail": "taken", "error": "KeyError"})
            cookies = get("cookies").headers["set-cookie"]
            assert 'a="b c"; HttpOnly; Max-Age=5; Path=/' in cookies
            assert "old=" in cookies and "Max-Age=0" in cookies
            assert get("cookies").json() == {}
        assert answers.done == ["shutdown"]
        """
    )


def test_requests(python):
    python(
        """
        import answers

        with Client(app=answers.app) as client:
            answer = client.post("/request/", content=b"x" * 70000, params={"a": "b c"},
                                 headers={"cookie": 'k=v; n="q"; none'})
            assert answer.json() == {
                "method": "POST", "url": "http://localapp/request/?a=b+c",
                "cookies": {"k": "v", "n": "q"}, "size": 70000, "stream": True}
            form = client.post("/form/", data={"a": "1 &", "b": "ü"})
            assert form.json() == {"a": "1 &", "b": "ü"}
            def multipart(body, kind="multipart/form-data; boundary=XX"):
                headers = {"content-type": kind}
                return client.post("/form/", content=body, headers=headers)
            name = b"Content-Disposition: form-data; name="
            parts = (b'--XX\\r\\n' + name + b'"a"\\r\\n\\r\\n1\\r\\n--XX\\r\\n' + name +
                     b'"f"; filename="x.bin"\\r\\nContent-Type: a/b\\r\\n\\r\\n'
                     b'\\x00\\r\\n\\r\\n\\xff--XX\\r\\n--XX--\\r\\n')
            good = multipart(parts)
            assert good.json() == {
                "a": "1", "f": ["x.bin", "a/b", list(b"\\x00\\r\\n\\r\\n\\xff--XX")]}
            nameless = b"--XX\\r\\n\\r\\n\\r\\n--XX--"
            for wrong in (b"", b"x", b"--XX", parts[:-4], nameless):
                assert multipart(wrong).status_code == 400, wrong
            assert multipart(parts, "multipart/form-data").status_code == 400
            assert multipart(b"x", "text/plain").status_code == 415
        """
    )


def test_background_tasks(python, tmp_path):
    python(
        f"""
        import answers, pathlib

        path = {str(tmp_path / "a")!r}
        with Client(app=answers.app) as client:
            answer = client.post("/later/", params={{"path": path}})
            assert answer.json() == 0
            assert pathlib.Path(path).read_text() == "thread"
            assert answers.done == [1]
            client.post("/later/", params={{"path": path, "process": "true"}})
            assert pathlib.Path(path).read_text() == "process"
        """
    )


def test_exceptions(python):
    python(
        """
        import answers

        want = {"HTTPException": 404, "NotFoundException": 404,
                "MethodNotAllowedException": 405, "ValidationError": 400,
                "SerializationError": 500, "DecodeError": 500}
        with Client(app=answers.app) as client:
            for name, status in want.items():
                answer = client.get(f"/raise/{name}/")
                assert answer.status_code == status, name
                if name == "NotFoundException":
                    assert answer.json() == {"status_code": 404, "detail": "Not Found",
                                             "error": "HTTPException"}
        """
    )


def test_async_use_and_models(python):
    python(
        """
        models = [("iris", "/iris/", "sklearn_model.flm")]
        rows = [[5.8, 2.8, 5.1, 2.4]]

        async def main():
            async with Client(models=models) as client:
                answer = await client.model_predict("iris", rows)
                assert (answer.status_code, answer.json()) == (200, {"output": [2]})
                answer = await client.model_inspect("iris")
                assert answer.json().keys() == {"meta", "manifest"}
                answer = await client.post("/iris/predict/", json={})
                assert answer.status_code == 400
                assert answer.json() == {
                    "status_code": 400, "error": "ValidationError",
                    "detail": {"input": ["This field is required."]}}
                assert (await client.get("/nothing/")).status_code == 404
                assert (await client.request("PUT", "/iris/")).status_code == 405
                try:
                    await client.model_predict("other", rows)
                except ValueError:
                    return

        asyncio.run(main())
        with Client(models=models) as client:
            assert client.model_predict("iris", rows).json() == {"output": [2]}
        for wrong in ({}, {"app": Flama(), "models": models}):
            try:
                Client(**wrong)
            except ValueError:
                continue
            raise AssertionError(wrong)
        """
    )
