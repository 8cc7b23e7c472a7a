"""The style checker finds what it is there to find, and nothing in clean code."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKER = Path(__file__).parents[2] / "scripts" / "style.py"

MESON = {"src/json/meson.build": "core_sources += files('a.c')\n"}
HEADER = "/* What it is. */\nint flama_a(void);\n"

# rule, files, the line the finding stands on; None: nothing is found
CASES = [
    ("banned_calls", {"src/json/a.c": "\nvoid f(void)\n{\n    strcpy(a, b);\n}\n"}, 4),
    ("banned_calls", {"tests/unit/a.c": "int x = atoi(text);\n"}, 1),
    ("banned_calls", {"src/json/a.c": '/* strcpy(a) */ char s[] = "atoi(x)";\n'}, None),
    ("banned_calls", {"src/json/a.c": "void my_strcpy(char *a);\n"}, None),
    ("bare_allocation", {"src/json/a.c": "void *p = malloc(3);\n"}, 1),
    ("bare_allocation", {"src/json/a.c": "type->free(p); flama_free(p);\n"}, None),
    ("bare_allocation", {"src/base/alloc.c": "void *p = malloc(3);\n"}, None),
    ("bare_allocation", {"fuzz/a.c": "void *p = malloc(3);\n"}, None),
    ("ends_or_prints", {"src/json/a.c": "void f(void)\n{\n    abort();\n}\n"}, 3),
    ("ends_or_prints", {"src/cli/a.c": 'int n = printf("x");\n'}, None),
    ("ends_or_prints", {"src/json/a.c": "int main(void)\n{\n    abort();\n}\n"}, None),
    ("include_direction", {"src/json/a.c": '#include "flm/package.h"\n'}, 1),
    ("include_direction", {"src/json/a.c": '#include "base/buffer.h"\n'}, None),
    ("include_direction", {"src/http/a.c": "\n#include <flama/app.h>\n"}, 2),
    ("include_direction", {"src/app/a.c": "#include <flama/app.h>\n"}, None),
    ("include_direction", {"src/other/a.c": "int a;\n"}, 1),
    ("python_header", {"src/json/a.c": "#include <Python.h>\n"}, 1),
    ("python_header", {"python/a.c": "#include <Python.h>\n"}, None),
    ("header_paragraph", {"src/json/a.h": "#ifndef A\n#define A\n#endif\n"}, 1),
    ("header_paragraph", {"src/json/a.h": HEADER}, None),
    ("unfinished", {"src/json/a.c": "int a; /* TO" + "DO: more */\n"}, 1),
    ("unfinished", {"README.md": "FIX" + "ME\n"}, 1),
    ("machine_paths", {"scripts/a": "cd /wo" + "rk/main\n"}, 1),
    ("machine_paths", {"scripts/a": "golden ../sha" + "red/golden\n"}, 1),
    ("machine_paths", {".ci/run": "golden ../sha" + "red/golden\n"}, None),
    ("machine_paths", {"README.md": "how a/work/b works: net/work/\n"}, None),
    ("line_width", {"src/json/a.c": "int a;" + " " * 82 + "\n"}, None),
    ("line_width", {"src/json/a.c": "int a;" + " " * 83 + "\n"}, 1),
    (
        "function_length",
        {"src/json/a.c": "void f(void)\n{\n" + "\n" * 97 + "}\n"},
        None,
    ),
    ("function_length", {"src/json/a.c": "void f(void)\n{\n" + "\n" * 99 + "}\n"}, 2),
    ("file_length", {"src/json/a.c": "int a;\n" * 800}, None),
    ("file_length", {"src/json/a.c": "int a;\n" * 801}, 1),
    ("file_length", {"include/flama/a.h": HEADER * 126}, 1),
    ("built", {"src/json/b.c": "int b;\n", **MESON}, 1),
    ("built", {"src/json/a.c": "int a;\n", **MESON}, None),
    ("clang-format", {"src/json/a.c": "int a;\nint   b;\n"}, 2),
    ("ruff check", {"a.py": "import os\n"}, 1),
    ("ruff format", {"a.py": "a = [1,2]\n"}, 0),
]


def check(root, files, *arguments):
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    subprocess.run(["git", "init", "-q", root], check=True)
    return subprocess.run(
        [sys.executable, CHECKER, "--root", root, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("rule", "files", "line"), CASES)
def test_rule(tmp_path, rule, files, line):
    tool = rule.partition(" ")[0] in {"clang-format", "ruff"}
    done = check(tmp_path, files, *([] if tool else ["--no-tools"]))
    found = [text for text in done.stdout.splitlines() if text.endswith(f"[{rule}]")]
    if line is None:
        assert found == []
    else:
        assert len(found) == 1
        assert f":{line}: " in found[0]
        assert done.returncode == 1


def test_clean_tree(tmp_path):
    done = check(
        tmp_path, {"src/json/a.c": "int a;\n", "src/json/a.h": HEADER, **MESON}
    )
    assert done.stdout == "15 passed, 0 failed\n"
    assert done.returncode == 0


def test_ignored_files_are_not_looked_at(tmp_path):
    files = {".gitignore": "build-*\n", "build-x/a.h": "int a;\n", "a.h": HEADER}
    assert check(tmp_path, files).stdout == "15 passed, 0 failed\n"
