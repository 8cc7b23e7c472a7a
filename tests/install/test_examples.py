"""The examples, built by a plain compiler against what is installed: the release build
that $FLAMA_RELEASE names, as CI does, else the build under test."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from server import start_program

ROOT = Path(__file__).resolve().parents[2]
CHECKED = Path(os.environ.get("FLAMA_BUILD", ROOT / "build-dev"))
RELEASE = Path(os.environ.get("FLAMA_RELEASE") or CHECKED)
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.c"))
STRICT = ["-O2", "-Wall", "-Wextra", "-Werror"]
ROW = {"input": [[5.8, 2.8, 5.1, 2.4]]}


class Installed:
    """A folder that `meson install` filled, and how to build against it."""

    def __init__(self, build, root):
        self.root = root
        self.release = build != CHECKED
        if self.release:
            subprocess.run(["ninja", "-C", build], check=True, capture_output=True)
        command = ["meson", "install", "-C", build, "--no-rebuild", "--quiet"]
        subprocess.run([*command, "--destdir", root], check=True)
        self.library = self.found("libflama.so.0").parent

    def found(self, pattern):
        return next(iter(self.root.rglob(pattern)))

    def flags(self):
        """What pkg-config says to a compiler."""
        said = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "flama"],
            env={
                **os.environ,
                "PKG_CONFIG_PATH": str(self.found("flama.pc").parent),
                "PKG_CONFIG_SYSROOT_DIR": str(self.root),
            },
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        return said if self.release else [*said, "-fsanitize=address,undefined"]

    def compile(self, source, program):
        command = ["cc", *STRICT, source, "-o", program, *self.flags()]
        subprocess.run(command, check=True)
        return program

    def start(self, *command, **environment):
        return start_program(*command, LD_LIBRARY_PATH=str(self.library), **environment)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return Installed(RELEASE, tmp_path_factory.mktemp("root"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_the_page_as_a_program(installed, tmp_path):
    """The page's own main(), but for its port: models are found beside the source."""
    code = (EXAMPLES / "add_model_resource.c").read_text()
    call = 'return flama_run(app, .host = "", .port = 8080, .reload = true);'
    assert call in code
    port = free_port()
    (tmp_path / "page.c").write_text(code.replace("8080", str(port)))
    for model in EXAMPLES.glob("*_model.flm"):
        shutil.copy(model, tmp_path)
    program = installed.compile(tmp_path / "page.c", tmp_path / "page")
    server = installed.start(program, XDG_CACHE_HOME=str(tmp_path))
    try:
        assert server.port == port
        for path in ("/my_model/", "/sklearn_model/"):
            assert server.post(path + "predict/", ROW).json == {"output": [2]}
            assert server.get(path + "metadata/").status == 200
        assert "not seen" not in "".join(server.output)  # its changes are watched
    finally:
        server.stop()


def test_own_main(installed, tmp_path):
    program = installed.compile(EXAMPLES / "own_main.c", tmp_path / "own_main")
    server = installed.start(program, "-1", EXAMPLES / "iris.flm")
    try:
        assert server.post("/iris/predict/", ROW).json == {"output": [2]}
    finally:
        server.stop()


def test_the_installed_program_runs_the_page(installed, tmp_path):
    server = installed.start(
        installed.found("bin/flama"),
        "run",
        EXAMPLES / "add_model_resource.c:app",
        "--server-port",
        "0",
        "--app-debug",
        XDG_CACHE_HOME=str(tmp_path),
    )
    try:
        assert server.post("/my_model/predict/", ROW).json == {"output": [2]}
    finally:
        server.stop()


@pytest.mark.parametrize("name", NAMES)
def test_every_example_compiles_without_a_warning(installed, tmp_path, name):
    """For a compiler other than the one that `flama run` uses, too."""
    flags = [flag for flag in installed.flags() if flag.startswith("-I")]
    for compiler in ("cc", "clang-14"):
        command = [compiler, *STRICT, "-fsyntax-only", *flags]
        subprocess.run([*command, EXAMPLES / f"{name}.c"], check=True)


def test_an_app_of_several_files(installed, tmp_path):
    """A shared object that is built of two sources with the flags of pkg-config."""
    (tmp_path / "word.c").write_text('const char *word(void) { return "two"; }\n')
    (tmp_path / "app.c").write_text(
        "#include <string.h>\n"
        "#include <flama.h>\n"
        "const char *word(void);\n"
        "FLAMA_HANDLER(say, flama_string)\n"
        "{\n"
        "    *out = (flama_string){word(), strlen(word())};\n"
        "    return 0;\n"
        "}\n"
        'FLAMA_APP(app) { FLAMA_ROUTE(app, "/", FLAMA_GET, .handler = &say); }\n'
    )
    flags = [flag for flag in installed.flags() if flag.startswith("-I")]
    library = tmp_path / "app.so"
    sources = [tmp_path / "app.c", tmp_path / "word.c"]
    command = ["cc", "-shared", "-fPIC", *flags, *sources, "-o", library]
    subprocess.run(command, check=True)
    server = installed.start(
        installed.found("bin/flama"), "run", f"{library}:app", "--server-port", "0"
    )
    try:
        assert server.get("/").json == "two"
    finally:
        server.stop()
