"""What `meson install` leaves is enough to build and run a program of one's own."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FLAMA_BUILD", ROOT / "build-dev"))
SANITIZE = ["-fsanitize=address,undefined"]
README = (ROOT / "README.md").read_text()
PROGRAM = """
#include <flama.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    flama_error err = {0};
    flama_model *model = NULL;
    if (argc != 2 || flama_model_open(&model, argv[1], &err) != 0) {
        puts(err.message);
        return 1;
    }
    puts(flama_model_engine(model));
    flama_model_unref(model);
    return 0;
}
"""
APP = """
#include <flama.h>
#include <stdio.h>

int main(void)
{
    flama_error err = {0};
    flama_app *app = flama_app_new(NULL);
    if (flama_app_run(app, NULL, &err) != 0)
        puts(err.message);
    flama_app_free(app);
    return 0;
}
"""


def run(command, **environment):
    return subprocess.run(
        list(map(str, command)),
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    ).stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root])
    return root


def found(root, pattern):
    paths = list(root.rglob(pattern))
    assert paths, f"no {pattern} is installed"
    return paths[0]


def test_program(installed):
    assert run([found(installed, "bin/flama"), "--version"]).startswith("Flama ")


def test_compile_and_run(installed, tmp_path):
    package = found(installed, "flama.pc")
    flags = run(
        ["pkg-config", "--cflags", "--libs", "flama"],
        PKG_CONFIG_PATH=str(package.parent),
        PKG_CONFIG_SYSROOT_DIR=str(installed),
    ).split()
    (tmp_path / "a.c").write_text(PROGRAM)
    warnings = ["-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    run(["cc", *warnings, *SANITIZE, tmp_path / "a.c", "-o", tmp_path / "a", *flags])
    library = found(installed, "libflama.so.0").parent
    model = ROOT / "examples" / "iris.flm"
    said = run([tmp_path / "a", model], LD_LIBRARY_PATH=str(library))
    assert said.startswith("sklearn")


def test_a_malformed_number_of_threads_is_said(installed, tmp_path):
    (tmp_path / "app.c").write_text(APP)
    library = found(installed, "libflama.so.0").parent
    flags = [f"-I{found(installed, 'flama.h').parent}", f"-L{library}", "-lflama"]
    run(["cc", *SANITIZE, tmp_path / "app.c", "-o", tmp_path / "app", *flags])
    for text in ["many", "0", "-1", "5000", "2x"]:
        said = run(
            [tmp_path / "app"], LD_LIBRARY_PATH=str(library), WEB_CONCURRENCY=text
        )
        assert said == (
            f"WEB_CONCURRENCY is '{text}', not a number of threads from 1 to 1024\n"
        )


def test_the_program_of_the_readme_compiles(installed, tmp_path):
    program = re.search(r"```c\n(.*?)```", README, re.S).group(1)
    (tmp_path / "app.c").write_text(program)
    include = found(installed, "flama.h").parent
    strict = ["-Wall", "-Wextra", "-Werror"]
    run(["cc", *strict, f"-I{include}", "-fsyntax-only", tmp_path / "app.c"])


def test_headers_stand_alone(installed, tmp_path):
    include = found(installed, "flama.h").parent
    headers = [include / "flama.h", *sorted((include / "flama").rglob("*.h"))]
    assert len(headers) > 5
    for header in headers:
        (tmp_path / "a.c").write_text(f'#include "{header}"\nint a;\n')
        run(
            [
                "cc",
                "-std=c17",
                "-fsyntax-only",
                "-Werror",
                f"-I{include}",
                tmp_path / "a.c",
            ]
        )
    (tmp_path / "a.cc").write_text('#include "flama.h"\nint a;\n')
    run(["clang++-14", "-fsyntax-only", "-Werror", f"-I{include}", tmp_path / "a.cc"])


def test_only_public_names_are_exported(installed):
    table = run(["nm", "-D", "--defined-only", found(installed, "libflama.so.0")])
    names = [line.split()[-1].split("@")[0] for line in table.splitlines()]
    exported = [name for name in names if not name.startswith("__")]
    assert "flama_model_open" in exported
    assert [name for name in exported if not name.startswith("flama_")] == []
    assert [name for name in exported if "__" in name] == []
