"""`flama run`: apps from C sources and shared objects; what is said of wrong ones."""

import re
import shutil
import stat
import subprocess
import sys

import pytest
from server import ROOT, run_flama

EXAMPLES = ROOT / "examples"
FLAGS = ["-shared", "-fPIC", f"-I{ROOT}/include"]
ROW = {"input": [[5.8, 2.8, 5.1, 2.4]]}
APP = """
#include <flama.h>
#include "part.h"
FLAMA_HANDLER(part, flama_string) { *out = FLAMA_STRING(PART); return 0; }
FLAMA_APP(app) { FLAMA_ROUTE(app, "/", FLAMA_GET, .handler = &part); }
const int number = 7;
"""
RESOURCE = """
FLAMA_RESOURCE(Model, .name = "model", .model_path = "model.flm");
FLAMA_APP(app, FLAMA_RESOURCES({"/model/", &Model})) {
"""


@pytest.fixture(scope="module")
def example(run_app):
    return lambda name: run_app(EXAMPLES / f"{name}.c:app")


@pytest.fixture
def source(tmp_path):
    """An app of two files in a folder of its own."""
    (tmp_path / "part.h").write_text('#define PART "one"\n')
    (tmp_path / "app.c").write_text(APP)
    return tmp_path / "app.c"


def wrong(cache, *words, **environment):
    """What `flama run` says when it refuses to start, with exit code 1."""
    done = run_flama("run", *words, XDG_CACHE_HOME=cache, **environment)
    assert done.returncode == 1, done.stderr
    return done.stderr


# The examples.


def test_hello(example):
    text = (EXAMPLES / "hello.c").read_text()
    assert len([line for line in text.splitlines() if line]) == 10
    assert example("hello").get("/hello/").text == '"Hello"'


def test_components(example):
    server = example("components")
    assert server.get("/greet/Ada/").json["text"] == "Hello, Ada!"
    answer = server.get("/greet/Ada%20L./?times=2", **{"accept-language": "es-CL"})
    assert answer.json == {"text": "Hola, Ada L.!", "times": 2, "number": 2}
    assert server.get("/greet/Ada/?times=11").status == 400


def test_errors(example):
    server = example("errors")
    answer = server.post("/divide/", {"dividend": 1, "divisor": 4})
    assert answer.json == {"quotient": 0.25}
    answer = server.post("/divide/", {"dividend": 1, "divisor": 0})
    assert answer.status == 400
    assert answer.json["detail"] == "$.divisor: can't divide by zero"
    answer = server.get("/broken/")
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    answer = server.get("/forgetful/")
    assert answer.status == 500
    assert answer.json["detail"] == {"rows": ["This field is required."]}
    answer = server.get("/nowhere/")
    assert (answer.status, answer.text) == (404, "There is nothing here.\n")


def test_several_models(example):
    server = example("several_models")
    for path in ("/iris/", "/flowers/"):
        assert server.get(path).status == 200
        assert server.post(path + "predict/", ROW).json == {"output": [2]}
    assert len(server.get("/iris/").headers["x-request-id"]) == 36


def test_own_main(example):
    assert example("own_main").post("/iris/predict/", ROW).json == {"output": [2]}


# What is compiled.


def test_compiled_once_for_each_content(run_app, source, tmp_path, cache):
    counting = tmp_path / "cc"
    counting.write_text(f'#!/bin/sh\necho >>{tmp_path}/runs\nexec cc "$@"\n')
    counting.chmod(0o755)

    def served(word):
        server = run_app(f"{source}:app", CC=str(counting))
        assert server.get("/").json == word
        return len((tmp_path / "runs").read_text())

    assert served("one") == 1
    assert served("one") == 1
    (tmp_path / "part.h").write_text('#define PART "two"\n')
    assert served("two") == 2


def test_flags_of_the_environment(run_app, source):
    (source.parent / "part.h").write_text("#define PART NAME\n")
    server = run_app(f"{source}:app", CFLAGS='-DNAME="flag" -O2', LDLIBS="-lm")
    assert server.get("/").json == "flag"


def test_a_shared_object(run_app, source):
    subprocess.run(["cc", *FLAGS, source, "-o", source.with_suffix(".so")], check=True)
    source.unlink()
    assert run_app(f"{source.with_suffix('.so')}:app").get("/").json == "one"


def test_models_beside_a_shared_object(run_app, tmp_path):
    """The sources are elsewhere by then: model files are beside the object."""
    code = tmp_path / "src" / "models.c"
    code.parent.mkdir()
    shutil.copy(EXAMPLES / "several_models.c", code)
    subprocess.run(["cc", *FLAGS, code, "-o", tmp_path / "models.so"], check=True)
    shutil.rmtree(code.parent)
    for name in ("iris.flm", "sklearn_model.flm"):
        shutil.copy(EXAMPLES / name, tmp_path)
    server = run_app(f"{tmp_path}/models.so:app")
    assert server.post("/iris/predict/", ROW).json == {"output": [2]}


def test_the_target_may_be_a_variable(run_app, source):
    assert run_app(FLAMA_APP=f"{source}:app").get("/").json == "one"


def test_debug_mode_is_an_option(run_app, source):
    server = run_app(f"{source}:app", "--app-debug")
    answer = server.get("/nowhere/", accept="text/html")
    assert answer.status == 404
    assert "text/html" in answer.headers["content-type"]


def test_names_of_the_c_library_are_free(run_app, tmp_path):
    """A handler called `time` is the app's own, whatever else is loaded."""
    (tmp_path / "a.c").write_text(
        "#include <flama.h>\n"
        "FLAMA_HANDLER(time, flama_integer) { *out = 7; return 0; }\n"
        'FLAMA_APP(app) { FLAMA_ROUTE(app, "/", FLAMA_GET, .handler = &time); }\n'
    )
    assert run_app(f"{tmp_path}/a.c:app").get("/").json == 7


def test_models_in_the_working_directory(run_app, source, tmp_path, monkeypatch):
    """A model that is not beside the source is looked for where the program started."""
    source.write_text(APP.replace("FLAMA_APP(app) {", RESOURCE))
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(EXAMPLES / "iris.flm", tmp_path / "elsewhere" / "model.flm")
    monkeypatch.chdir(tmp_path / "elsewhere")
    server = run_app(f"{source}:app")
    assert server.post("/model/predict/", ROW).json == {"output": [2]}


def test_a_blocking_handler_holds_nothing_up(run_app, tmp_path):
    """The only loop answers others while a handler waits for one of them."""
    (tmp_path / "a.c").write_text("""
#include <semaphore.h>
#include <flama.h>
static sem_t released;
FLAMA_HANDLER(hold, flama_integer) { sem_wait(&released); *out = 1; return 0; }
FLAMA_HANDLER(release, flama_integer) { sem_post(&released); *out = 2; return 0; }
FLAMA_APP(app)
{
    sem_init(&released, 0, 0);
    FLAMA_ROUTE(app, "/hold/", FLAMA_GET, .handler = &hold, .blocking = true);
    FLAMA_ROUTE(app, "/release/", FLAMA_GET, .handler = &release);
}
""")
    server = run_app(f"{tmp_path}/a.c:app", "--server-workers", "1")
    waiting = server.connect()
    waiting.request("GET", "/hold/")
    assert server.get("/release/").json == 2
    assert waiting.getresponse().read() == b"1"
    waiting.close()


# What is wrong.


def test_every_mistake_of_the_set_up_is_listed(tmp_path, cache):
    (tmp_path / "a.c").write_text("""
#include <flama.h>
FLAMA_SCHEMA(Lost, (integer, x))
typedef struct Egg { int x; } Egg;
FLAMA_PROVIDED(Egg);
FLAMA_HANDLER(lost, flama_any, (Lost, data)) { return 0; }
FLAMA_HANDLER(egg, flama_any, (Egg, egg)) { return 0; }
FLAMA_RESOURCE(Nameless, .model_path = "x.flm");
FLAMA_RESOURCE(Absent, .name = "absent", .model_path = "nope.flm");
FLAMA_RESOURCE(Modelless, .name = "modelless");
FLAMA_APP(app, FLAMA_RESOURCES({"/a/", &Nameless}, {"/b/", &Absent},
                               {"/c/", &Modelless}))
{
    FLAMA_ROUTE(app, "/lost/", FLAMA_POST, .handler = &lost);
    FLAMA_ROUTE(app, "/egg/", FLAMA_GET, .handler = &egg);
    FLAMA_ROUTE(app, "egg/", FLAMA_GET, .name = "slash", .handler = &lost);
    FLAMA_ROUTE(app, "/egg/", FLAMA_GET, .name = "again", .handler = &egg,
                .doc = "summary: [a");
}
""")
    said = wrong(cache, f"{tmp_path}/a.c:app")
    for part in (
        "the resource at '/a/' has no name: give it one with .name",
        "resource '': x.flm: No such file or directory",
        "resource 'absent': nope.flm: No such file or directory",
        "resource 'modelless' has no model: give it one with .model_path",
        "route 'lost': parameter 'data' (Lost) is a schema that is not registered: "
        "call flama_register_schema(app, Lost)",
        "route 'egg': parameter 'egg' (Egg) is provided by nothing: add a component",
        "route 'slash' has the path 'egg/': a path begins with '/'",
        "route 'again' repeats the path '/egg/'",
    ):
        assert part in said
    lines = [line for line in said.splitlines() if line.startswith("Error: ")]
    assert len(lines) >= 7
    assert all(line.count(". ") == 0 for line in lines)


def test_the_compilers_messages_are_shown_as_they_are(source, cache):
    source.write_text(APP.replace("return 0;", "return nothing;"))
    said = wrong(cache, f"{source}:app")
    assert f"{source}:4:" in said
    assert re.search(r"error: .nothing. undeclared", said)
    assert said.endswith(f"Error: '{source}' does not compile\n")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ap", "app.c has no app 'ap': define it with FLAMA_APP(ap, ...)"),
        ("number", "'number' in {0}/app.c is not an app: define it with FLAMA_APP("),
        ("a-b", "'a-b' can't be the name of an app"),
        ("x" * 300, "can't be the name of an app"),
    ],
)
def test_names_that_are_no_app(source, cache, name, message):
    assert message.format(source.parent) in wrong(cache, f"{source}:{name}")


def test_something_else_of_an_apps_name(source, cache):
    source.write_text(APP + "const int false_def = 3;\n")
    said = wrong(cache, f"{source}:false")
    assert "'false' in " in said
    assert "is not an app" in said


def test_another_abi(source, cache):
    library = source.with_suffix(".so")
    source.write_text(
        "#include <flama.h>\n#undef FLAMA_ABI\n#define FLAMA_ABI 99u\n" + APP
    )
    subprocess.run(["cc", *FLAGS, source, "-o", library], check=True)
    said = wrong(cache, f"{library}:app")
    assert f"{library} was built for ABI 99 of flama, and this is ABI 1" in said


def test_a_symbol_that_is_nowhere(source, cache):
    source.write_text(APP + "int nowhere(void);\nint (*p)(void) = nowhere;\n")
    said = wrong(cache, f"{source}:app")
    assert said == f"Error: {source} can't be loaded: undefined symbol: nowhere\n"


def test_files_that_are_none(source, cache, tmp_path):
    assert wrong(cache, f"{tmp_path}/b.c:app") == (
        f"Error: can't read '{tmp_path}/b.c': No such file or directory\n"
    )
    (tmp_path / "b.so").write_text("no")
    said = wrong(cache, f"{tmp_path}/b.so:app")
    assert said == f"Error: {tmp_path}/b.so can't be loaded: file too short\n"


def test_no_compiler(source, cache):
    said = wrong(cache, f"{source}:app", CC="no-such-cc")
    assert "can't run the compiler 'no-such-cc'" in said
    assert "$CC names another" in said


def test_a_cache_that_others_can_write(source, tmp_path):
    folder = tmp_path / "flama" / "apps"
    folder.mkdir(parents=True)
    folder.chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
    said = wrong(str(tmp_path), f"{source}:app")
    assert "which another user can write to" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Missing argument 'FLAMA_APP'."),
        (["main.c"], "'main.c' names no app: write FILE.c:APP, as in 'main.c:app'."),
        (["main.c:"], "'main.c:' names no app: write FILE.c:APP, as in 'main.c:app'."),
        (["a/main:app"], "'a/main:app' is no app: write FILE.c:APP, FILE.so:APP, or "),
        (["a.c:app", "b"], "Got unexpected extra argument (b)"),
    ],
)
def test_wrong_words(words, message):
    done = run_flama("run", *words)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: flama run [OPTIONS] FLAMA_APP\n")
    assert message in done.stderr


# Python.


def environment_of(folder, script):
    """A virtual environment whose python3 is a script."""
    python = folder / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(script)
    python.chmod(0o755)
    return str(folder)


def test_a_python_app_is_handed_over(tmp_path, cache):
    script = f'#!/bin/sh\n[ "$1" = -c ] && exec {sys.executable} -c 0\necho "$@"\n'
    done = run_flama(
        "run",
        "--server-factory",
        "pkg.mod:app",
        "--server-port",
        "1",
        VIRTUAL_ENV=environment_of(tmp_path, script),
    )
    assert done.returncode == 0
    words = "-m flama run --server-factory pkg.mod:app --server-port 1\n"
    assert done.stdout == words


def test_a_python_without_the_package(tmp_path, cache):
    python = environment_of(tmp_path, "#!/bin/sh\nexit 1\n")
    said = wrong(cache, "mod:app", VIRTUAL_ENV=python)
    assert said == (
        f"Error: 'mod:app' is a Python app, and {python}/bin/python3 has no package "
        "'flama': install it there, or activate the environment that has it.\n"
    )


def test_no_python(tmp_path, cache):
    environment = {"PATH": str(tmp_path), "VIRTUAL_ENV": ""}
    said = wrong(cache, "mod:app", **environment)
    assert "'mod:app' is a Python app, and there is no python3" in said
