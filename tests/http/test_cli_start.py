"""`flama start`: configuration files, written and read."""

import json
import signal
import subprocess

import pytest
from server import FIXTURES, FLAMA, PATIENCE, READY, REPORT, Server
from test_cli import said

MODEL = str(FIXTURES / "sklearn_model.flm")
ROW = {"input": [[5.8, 2.8, 5.1, 2.4]]}
SIMPLE = (
    '{"app": {"debug": false, "title": "API title", "version": "0.1.0", '
    '"description": "API description", "schema": "/schema/", "docs": "/docs/", '
    '"models": [{"url": "/model-url/", "path": "model-path.flm", '
    '"name": "model-name", "channel_scanner": null, "tool_scanner": null, '
    '"tool_parser": null, "params": null, "serving": null}]}, '
    '"server": {"host": "127.0.0.1", "port": 8000}}'
)

# What the original writes into a full file beside the keys that this server has.
ORIGINAL = {
    "loop": "auto",
    "http": "auto",
    "ws": "auto",
    "ws_max_size": 16777216,
    "ws_ping_interval": 20.0,
    "ws_ping_timeout": 20.0,
    "ws_per_message_deflate": True,
    "lifespan": "auto",
    "interface": "auto",
    "reload": False,
    "reload_dirs": None,
    "reload_includes": None,
    "reload_excludes": None,
    "reload_delay": 0.25,
    "log_level": None,
    "ssl_keyfile": None,
    "ssl_certfile": None,
    "ssl_keyfile_password": None,
    "ssl_version": 17,
    "ssl_cert_reqs": 0,
    "ssl_ca_certs": None,
    "ssl_ciphers": "TLSv1",
    "app_dir": None,
    "factory": False,
    "h11_max_incomplete_event_size": 16384,
}


def log_config(formatters, handlers, loggers):
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": formatters,
        "handlers": handlers,
        "loggers": loggers,
    }


def logger(handler):
    return {"handlers": [handler], "level": "INFO", "propagate": False}


def rich(formatter, tracebacks):
    return {
        "class": "rich.logging.RichHandler",
        "console": "ext://flama._cli.formatting.CONSOLE",
        "show_path": False,
        "log_time_format": "[%X]",
        "rich_tracebacks": tracebacks,
        "formatter": formatter,
    }


LOG_CONFIGS = {
    "1.x": log_config(
        {
            "default": {
                "()": "uvicorn.logging.DefaultFormatter",
                "fmt": "%(levelprefix)s %(message)s",
                "use_colors": None,
            },
            "access": {
                "()": "uvicorn.logging.AccessFormatter",
                "fmt": '%(levelprefix)s %(client_addr)s - "%(request_line)s" '
                "%(status_code)s",
            },
        },
        {
            "default": {
                "formatter": "default",
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
            },
            "access": {
                "formatter": "access",
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
            },
        },
        {
            "uvicorn": logger("default"),
            "uvicorn.error": {"level": "INFO"},
            "uvicorn.access": logger("access"),
        },
    ),
    "2.x": log_config(
        {
            "default": {"()": "logging.Formatter", "fmt": "[%(name)s] %(message)s"},
            "access": {
                "()": "uvicorn.logging.AccessFormatter",
                "fmt": '[%(name)s] %(client_addr)s - "%(request_line)s" '
                "%(status_code)s",
                "use_colors": False,
            },
        },
        {"default": rich("default", True), "access": rich("access", False)},
        {
            "uvicorn": logger("default"),
            "uvicorn.error": {"level": "ERROR"},
            "uvicorn.access": logger("access"),
            "flama": logger("default"),
        },
    ),
}


def config(**server):
    return {
        "app": {
            "title": "T",
            "models": [{"url": "/iris/", "path": MODEL, "name": "iris"}],
        },
        "server": {"port": 0, **server},
    }


@pytest.fixture
def start(tmp_path):
    """A function that serves a configuration, written to a file, or the words given."""
    running = []

    def started(document=None, *words, **environment):
        if document is not None:
            path = tmp_path / "served.json"
            path.write_text(json.dumps(document))
            words = ("start", path)
        process = subprocess.Popen(
            [FLAMA, *words],
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={"PATH": "/bin", **environment},
        )
        said_first = process.stderr.readline()
        found = READY.search(said_first)
        assert found, said_first + process.stderr.read()
        running.append(process)
        return Server(process, [said_first], int(found.group(1)))

    yield started
    for process in running:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=PATIENCE)[1]
        assert process.returncode == 0, rest
        assert not REPORT.search(rest), rest


def test_a_simple_file(flama, tmp_path):
    path = tmp_path / "new.json"
    done = flama("start", "--create-config", "simple", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert path.read_text() == SIMPLE


def test_the_name_of_the_file(tmp_path):
    def create(*words, **environment):
        subprocess.run(
            [FLAMA, "start", "--create-config=simple", *words],
            cwd=tmp_path,
            env={"PATH": "/bin", **environment},
            check=True,
        )

    create()
    create(FLAMA_CONFIG="variable.json")
    create("word.json", FLAMA_CONFIG="variable.json")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"flama.json", "variable.json", "word.json"}


def test_a_file_that_is_there_is_left_alone(flama, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text("mine")
    message = said(flama("start", "--create-config", "full", path), 1)
    assert message == f"'{path}' is there already; remove it or give another name."
    assert path.read_text() == "mine"


def test_a_full_file_is_served_as_it_is(flama, start, tmp_path):
    path = tmp_path / "full.json"
    assert flama("start", "--create-config", "full", path).returncode == 0
    document = json.loads(path.read_text())
    server = document["server"]
    assert server["limit_head"] == 16384
    assert server["timeout_keep_alive"] == 5
    assert server["access_log"] is True
    shared = {"log_level", "reload", "reload_delay"}
    assert not set(server) & set(ORIGINAL) - shared
    document["app"]["models"][0]["path"] = MODEL
    server["port"] = 0
    served = start(document)
    assert served.post("/model-url/predict/", ROW).json == {"output": [2]}


@pytest.mark.parametrize("version", ["1.x", "2.x"])
def test_a_full_file_of_the_original(flama, start, tmp_path, version):
    path = tmp_path / "full.json"
    flama("start", "--create-config", "full", path)
    document = json.loads(path.read_text())
    own = {
        "limit_body",
        "limit_head",
        "timeout_request",
        "timeout_graceful_shutdown",
    }
    server = {k: v for k, v in document["server"].items() if k not in own}
    document["server"] = {
        **server,
        **ORIGINAL,
        "log_config": LOG_CONFIGS[version],
        "port": 0,
    }
    document["app"]["models"] = [{"url": "/m/", "path": MODEL, "name": "name"}]
    assert start(document).get("/m/").status == 200


def test_what_the_file_says_is_served(start):
    served = start(config(headers=[["X-One", "1"], "X-Two: 2"], server_header=False))
    answer = served.post("/iris/predict/", ROW)
    assert answer.json == {"output": [2]}
    assert (answer.headers["x-one"], answer.headers["x-two"]) == ("1", "2")
    assert "server" not in answer.headers
    assert served.get("/schema/").json["info"]["title"] == "T"


def test_null_is_no_documentation(start):
    document = config()
    document["app"]["docs"] = None
    served = start(document)
    assert served.get("/docs/").status == 404
    assert "docs" not in served.output[0]


def refusal(flama, tmp_path, document):
    path = tmp_path / "bad.json"
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text)
    return said(flama("start", path), 1).replace(str(path), "F")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("prot", 1, "F: unknown key 'server.prot'."),
        (
            "port",
            "8000",
            "Invalid value for 'server.port' in F: it must be an integer.",
        ),
        ("port", True, "Invalid value for 'server.port' in F: it must be an integer."),
        ("host", 1, "Invalid value for 'server.host' in F: it must be a string."),
        (
            "port",
            70000,
            "Invalid value for 'server.port' in F: 70000 is not in the range "
            "0<=x<=65535.",
        ),
        (
            "access_log",
            "yes",
            "Invalid value for 'server.access_log' in F: it must be a boolean.",
        ),
        (
            "headers",
            [["a"]],
            "Invalid value for 'server.headers' in F: it must be a list of "
            '"Name: value".',
        ),
        (
            "headers",
            ["a: \x1b[0m"],
            "Invalid value for 'server.headers' in F: 'a: \\x1b[0m' is not a header "
            "of the form Name:Value.",
        ),
    ],
)
def test_wrong_values(flama, tmp_path, key, value, message):
    got = refusal(flama, tmp_path, config(**{key: value}))
    assert got == message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("loop", "uvloop"),
        ("reload_includes", ["*.py"]),
        ("reload_dirs", ["src"]),
        ("ws_max_size", 1),
        ("ssl_certfile", "cert.pem"),
        ("factory", True),
        ("log_config", {"version": 1}),
        ("log_config", "log.json"),
    ],
)
def test_keys_that_are_refused(flama, tmp_path, key, value):
    got = refusal(flama, tmp_path, config(**{key: value}))
    assert got.startswith(f"server.{key} in F is not supported: ")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "F: Malformed JSON. "),
        ("[]", 'F must hold an object with "app" and "server".'),
        ({"sever": {}}, "F: unknown key 'sever'."),
        ({"server": []}, "F: 'server' must be an object."),
        ({"app": {"models": {}}}, "F: 'app.models' must be a list of objects."),
        ({"app": {"models": [1]}}, "F: 'app.models' must be a list of objects."),
        ({"app": {"models": ["a"]}}, "F: app.models[0]: A model must be an object."),
        ({"app": {"models": [{}]}}, "F: app.models[0]: Missing key: 'path'"),
        (
            {"app": {"models": [{"path": "a", "file": "b"}]}},
            "F: app.models[0]: Unknown key(s): ['file']",
        ),
        (
            {"app": {"models": [{"path": "a", "tool_parser": "auto"}]}},
            "F: app.models[0]: tool_parser is not supported for ML models.",
        ),
        ({"app": {"titel": "x"}}, "F: unknown key 'app.titel'."),
    ],
)
def test_wrong_files(flama, tmp_path, document, message):
    assert refusal(flama, tmp_path, document).startswith(message)


def test_no_file(flama):
    assert said(flama("start", "nope.json"), 1) == (
        "'nope.json': No such file or directory"
    )
