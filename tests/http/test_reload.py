"""--server-reload: apps are replaced while they serve, and no request is lost."""

import http.client
import os
import shutil
import subprocess
import threading
import time

import pytest
from server import BUILD, FIXTURES, PATIENCE, ROOT, keep, start_program

DELAY = ("--server-reload", "--server-reload-delay", "0.02")
ROW = '{"input": [[5.8, 2.8, 5.1, 2.4]]}'
JSON = {"content-type": "application/json"}
APP = """
#include <flama.h>
#include "word.h"
FLAMA_HANDLER(word, flama_string) { *out = FLAMA_STRING(WORD); return 0; }
FLAMA_APP(app)
{
    flama_models_add(app, "/model/", "model.flm", "model");
    FLAMA_ROUTE(app, "/word/", FLAMA_GET, .handler = &word);
}
"""


def put(path, content):
    """Replaces a file as editors do."""
    new = path.with_name(path.name + "~")
    if isinstance(content, bytes):
        new.write_bytes(content)
    else:
        new.write_text(content)
    os.replace(new, path)


@pytest.fixture
def source(tmp_path):
    put(tmp_path / "word.h", '#define WORD "first"\n')
    shutil.copy(FIXTURES / "sklearn_model.flm", tmp_path / "model.flm")
    put(tmp_path / "app.c", APP)
    return tmp_path / "app.c"


def until(condition):
    """Waits for what a reload does within a second, and at most PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def output_has(server, text):
    return lambda: any(text in line for line in list(server.output))


def served(server, cache_word):
    return lambda: server.get("/word/").json == cache_word


@pytest.fixture
def server(run_app, source):
    return run_app(f"{source}:app", *DELAY, "--server-no-access-log")


def test_a_change_of_source_and_of_what_it_includes(server, source):
    assert server.get("/word/").json == "first"
    put(source.with_name("word.h"), '#define WORD "second"\n')
    until(served(server, "second"))
    put(source, APP.replace("WORD)", '"third")'))
    until(served(server, "third"))


def test_a_broken_build_keeps_the_app(server, source):
    put(source, APP.replace("return 0;", "return nothing;"))
    until(output_has(server, "does not compile; the app from before goes on"))
    assert output_has(server, "app.c:4:")()
    assert server.get("/word/").json == "first"
    put(source, APP.replace("WORD)", '"mended")'))
    until(served(server, "mended"))


def test_a_broken_app_keeps_the_app(server, source):
    put(source, APP.replace('"/word/"', '"word/"'))
    until(output_has(server, "not set up right; the app from before goes on"))
    assert output_has(server, "a path begins with '/'")()
    assert server.get("/word/").json == "first"
    put(source, APP.replace("WORD)", '"mended")'))
    until(served(server, "mended"))


def test_a_changed_model(server, source):
    model = source.with_name("model.flm")
    before = server.post("/model/predict/", ROW).json
    put(model, (FIXTURES / "sk_linear_regression.flm").read_bytes())
    until(lambda: server.get("/model/").json["meta"]["model"]["obj"] != "MLPClassifier")
    put(model, b"garbage")
    until(output_has(server, "the app from before goes on"))
    assert server.get("/model/").json["meta"]["model"]["obj"] == "LinearRegression"
    put(model, (FIXTURES / "sklearn_model.flm").read_bytes())
    until(lambda: server.get("/model/").json["meta"]["model"]["obj"] == "MLPClassifier")
    assert server.post("/model/predict/", ROW).json == before


def test_a_changed_shared_object(run_app, source):
    flags = ["-shared", "-fPIC", f"-I{ROOT}/include"]
    library = source.with_suffix(".so")

    def build():
        new = library.with_name("new")
        subprocess.run(["cc", *flags, source, "-o", new], check=True)
        os.replace(new, library)

    build()
    server = run_app(f"{library}:app", *DELAY)
    assert server.get("/word/").json == "first"
    put(source.with_name("word.h"), '#define WORD "second"\n')
    build()
    until(served(server, "second"))


def test_serve_reloads_models(serve, tmp_path):
    model = tmp_path / "model.flm"
    shutil.copy(FIXTURES / "sklearn_model.flm", model)
    server = serve(model, *DELAY)
    assert server.get("/").json["meta"]["model"]["obj"] == "MLPClassifier"
    put(model, (FIXTURES / "sk_linear_regression.flm").read_bytes())
    until(lambda: server.get("/").json["meta"]["model"]["obj"] == "LinearRegression")


class Load:
    """Clients that ask without a pause, on connections they keep."""

    def __init__(self, server):
        self.server = server
        self.ending = threading.Event()
        self.answers, self.lost = [], []
        self.threads = [threading.Thread(target=self.ask) for _ in range(3)]

    def ask(self):
        connection = self.server.connect()
        while not self.ending.is_set():
            try:
                connection.request("POST", "/model/predict/", ROW, JSON)
                answer = connection.getresponse()
                self.answers.append((answer.status, answer.read()))
                connection.request("GET", "/word/")
                answer = connection.getresponse()
                self.answers.append((answer.status, answer.read()))
            except (OSError, http.client.HTTPException) as problem:
                self.lost.append(repr(problem))
                connection = self.server.connect()
        connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join(PATIENCE)


def test_nothing_is_lost_over_several_swaps(run_app, source):
    """Clients on kept connections see every version and no failure; the model, which
    did not change, is opened once."""
    server = run_app(
        f"{source}:app", *DELAY, "--server-no-access-log", "--server-workers", "2"
    )
    with Load(server) as load:
        for number in range(5):
            put(source.with_name("word.h"), f'#define WORD "w{number}"\n')
            until(served(server, f"w{number}"))
        before = len(load.answers)
        until(lambda: len(load.answers) > before + 20)
    assert load.lost == []
    assert {status for status, _ in load.answers} == {200}
    words = {body for _, body in load.answers if body != b'{"output":[2]}'}
    assert {b'"first"', b'"w4"'} <= words
    assert len(words) > 3
    reloads = [line for line in server.output if "Reloaded in" in line]
    assert len(reloads) >= 5


def test_exchanges_end_in_the_app_that_began_them(run_app, source):
    """A handler that is at work during a swap answers with its own app's word."""
    slow = """
#include <unistd.h>
FLAMA_HANDLER(slow, flama_string)
{
    while (access(FLAG, F_OK) != 0)
        usleep(1000);
    *out = FLAMA_STRING(WORD);
    return 0;
}
"""
    code = APP.replace("FLAMA_APP", slow + "FLAMA_APP").replace(
        "FLAMA_ROUTE",
        'FLAMA_ROUTE(app, "/slow/", FLAMA_GET, .handler = &slow, .blocking = true);\n'
        "    FLAMA_ROUTE",
    )
    put(source, code)
    flag = source.with_name("flag")
    server = run_app(f"{source}:app", *DELAY, CFLAGS=f'-DFLAG="{flag}"')
    waiting = server.connect()
    waiting.request("GET", "/slow/")
    server.get("/word/")
    put(source.with_name("word.h"), '#define WORD "second"\n')
    until(served(server, "second"))
    flag.touch()
    assert waiting.getresponse().read() == b'"first"'
    waiting.close()
    assert server.get("/slow/").json == "second"


@pytest.fixture
def own_program(tmp_path, cache):
    """A function that starts a program, built of a source by a plain compiler."""

    def started(source):
        program = source.with_suffix("")
        subprocess.run(
            ["cc", "-fsanitize=address,undefined", f"-I{ROOT}/include", source,
             "-o", program, f"-L{BUILD}", "-lflama"],
            check=True,
        )  # fmt: skip
        environment = {"XDG_CACHE_HOME": cache, "LD_LIBRARY_PATH": str(BUILD)}
        return start_program(program, **environment)

    yield from keep(started)


def test_own_program_reloads_itself(own_program, tmp_path):
    """flama_run(..., .reload = true) in the source's own main()."""
    code = (ROOT / "examples" / "add_model_resource.c").read_text()
    with_port = code.replace('.host = "", .port = 8080', ".port = -1")
    assert with_port != code
    for model in (ROOT / "examples").glob("*_model.flm"):
        shutil.copy(model, tmp_path)
    source = tmp_path / "own.c"
    put(source, with_port)
    server = own_program(source)
    assert server.get("/schema/").json["info"]["title"] == "Flama ML"
    put(source, with_port.replace('"Flama ML"', '"Another title"'))
    until(lambda: server.get("/schema/").json["info"]["title"] == "Another title")
    assert server.post("/my_model/predict/", ROW).json == {"output": [2]}


def test_own_program_comes_back_with_the_newest(own_program, source):
    """After a crash in debug mode, the app that the program holds gives way to the one
    of its source."""
    crash = "FLAMA_HANDLER(crash, flama_any) { __builtin_trap(); }\n"
    code = APP.replace("FLAMA_APP(app)", crash + "FLAMA_APP(app, .debug = true)")
    code = code.replace(
        "FLAMA_ROUTE",
        'FLAMA_ROUTE(app, "/crash/", FLAMA_GET, .handler = &crash);\n    FLAMA_ROUTE',
        1,
    )
    main = "int main(void) { return flama_run(app, .port = -1, .reload = true); }\n"
    put(source, code + main)
    server = own_program(source)
    put(source.with_name("word.h"), '#define WORD "second"\n')
    until(served(server, "second"))
    assert server.get("/crash/").status == 500
    until(served(server, "second"))


def test_debug_mode_reloads_and_comes_back_with_the_newest(run_app, source):
    """A crash ends the process, not what was learned: the app that starts again is made
    of the source as it is now."""
    crash = "FLAMA_HANDLER(crash, flama_any) { __builtin_trap(); }\n"
    code = APP.replace("FLAMA_APP", crash + "FLAMA_APP").replace(
        "FLAMA_ROUTE",
        'FLAMA_ROUTE(app, "/crash/", FLAMA_GET, .handler = &crash);\n    FLAMA_ROUTE',
    )
    put(source, code)
    server = run_app(f"{source}:app", *DELAY, "--app-debug")
    put(source.with_name("word.h"), '#define WORD "second"\n')
    until(served(server, "second"))
    assert server.get("/crash/").status == 500
    assert server.get("/word/").json == "second"
    put(source.with_name("word.h"), '#define WORD "third"\n')
    until(served(server, "third"))
