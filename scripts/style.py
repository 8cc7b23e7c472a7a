#!/usr/bin/env python3
"""Checks what the house style asks and a compiler does not see.

    style.py [--root DIR] [--no-tools]

Each rule is one case: its findings are printed as FILE:LINE: TEXT, and the last line
is 'N passed, N failed'. --no-tools leaves out clang-format and ruff. Only tracked files
and new ones that git does not ignore are looked at.
"""

import argparse
import itertools
import re
import subprocess
import sys
from pathlib import Path

# Who may include whom: a folder of src, and the folders whose headers it may name.
MODULES = {
    "base": {"base"},
    "json": {"json", "base"},
    "net": {"net", "base"},
    "http": {"http", "base", "net"},
    "schema": {"schema", "base", "json"},
    "flm": {"flm", "base", "json"},
    "engine": {"engine", "base", "json", "net", "flm"},
    "app": {"app", "base", "json", "net", "http", "schema", "flm", "engine"},
    "cli": {"cli", "base"},
}
# The parts of the public face that lower folders must not see.
UPPER_HEADERS = {"flama.h", "flama/app.h"}
MAY_SEE_UPPER = {"app", "cli"}

BANNED = {
    r"strcpy|strcat|sprintf|vsprintf|atoi|atol|atof|strtok|gets": "an unbounded call",
    r"alloca": "memory without a bound",
}
ALLOCATION = r"malloc|calloc|realloc|free|strdup|strndup|asprintf|reallocarray"
ENDING = r"printf|vprintf|puts|putchar|perror|exit|_exit|abort|assert"
MACHINE_PATHS = re.compile(r"(?<![\w./-])/(?:work|root|home/\w+)(?:/|\b)")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
CALL = r"(?<![\w.>])(?:%s)\s*\("

WIDTH = 88
LONGEST_FUNCTION = 100
LONGEST_FILE = 800
LONGEST_PUBLIC_HEADER = 250
BUILT = {"src", "fuzz", "tests", "python"}  # folders whose .c files are all built
GENERATED = {"fixtures", "corpus", "golden"}


def code_only(text):
    """The C text with comments and literals blanked, lines kept."""
    pattern = re.compile(
        r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S
    )

    def blank(match):
        token = match.group()
        if token[0] in "\"'":
            return token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)

    return pattern.sub(blank, text)


class Source:
    """A file of the tree: its path relative to the root, its text, its code."""

    def __init__(self, root, path):
        self.path = path
        self.parts = Path(path).parts
        self.text = (root / path).read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.split("\n")
        self.is_c = path.endswith((".c", ".h"))
        self.code = code_only(self.text) if self.is_c else self.text
        self.module = self.parts[1] if self.parts[0] == "src" else None

    def at(self, match):
        return self.text.count("\n", 0, match.start()) + 1


def tracked(root):
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for path in sorted(set(filter(None, listing.split("\0")))):
        if (root / path).is_file() and not GENERATED & set(Path(path).parts):
            yield path


def is_text(path):
    return path.suffix in {".c", ".h", ".py", ".md", ".build", ".txt", ".1", ""}


# Each rule yields (path, line, text).


def banned_calls(sources):
    for s in (s for s in sources if s.is_c):
        for names, why in BANNED.items():
            for m in re.finditer(CALL % names, s.code):
                yield s.path, s.at(m), f"{m.group().rstrip('( ')} is {why}"


def bare_allocation(sources):
    for s in sources:
        if s.is_c and s.module and s.path != "src/base/alloc.c":
            for m in re.finditer(CALL % ALLOCATION, s.code):
                yield s.path, s.at(m), f"{m.group()[:-1]}: memory is src/base/alloc.h's"


def ends_or_prints(sources):
    for s in sources:
        program = re.search(r"^int main\(", s.code, re.M)
        if s.is_c and s.module not in (None, "cli") and not program:
            for m in re.finditer(CALL % ENDING, s.code):
                yield s.path, s.at(m), f"{m.group()[:-1]}: the library never does that"


def include_direction(sources):
    for s in sources:
        allowed = MODULES.get(s.module)
        if not s.is_c or not s.module:
            continue
        if allowed is None:
            yield s.path, 1, f"src/{s.module} is not in the table of who includes whom"
            continue
        for m in re.finditer(r'^[ \t]*#\s*include\s*([<"])([^>"]+)[>"]', s.text, re.M):
            quoted, name = m.group(1) == '"', m.group(2)
            folder = name.split("/")[0]
            if quoted and folder not in allowed:
                yield s.path, s.at(m), f"src/{s.module} may not include {name}"
            if name in UPPER_HEADERS and s.module not in MAY_SEE_UPPER:
                yield s.path, s.at(m), f"src/{s.module} may not include <{name}>"


def python_header(sources):
    for s in sources:
        if s.is_c and s.parts[0] != "python":
            for m in re.finditer(r"#\s*include\s*[<\"]Python\.h", s.text):
                yield s.path, s.at(m), "only python/ includes Python.h"


def header_paragraph(sources):
    for s in sources:
        if s.path.endswith(".h") and not s.text.startswith("/* "):
            yield s.path, 1, "a header opens with a paragraph: what, who, which thread"


def unfinished(sources):
    for s in sources:
        if s.path != "scripts/style.py":
            for m in UNFINISHED.finditer(s.text):
                yield s.path, s.at(m), f"{m.group()}: finish it or leave it out"


def machine_paths(sources):
    for s in sources:
        if s.path != "scripts/style.py":
            for m in MACHINE_PATHS.finditer(s.text):
                yield s.path, s.at(m), f"{m.group()} is a path of one machine"
            if s.parts[0] != ".ci":
                for m in re.finditer(r"\.\./shared\b", s.text):
                    yield s.path, s.at(m), "only CI may look beside the checkout"


def line_width(sources):
    for s in sources:
        if s.is_c or s.path.endswith((".py", ".build")):
            for number, line in enumerate(s.lines, 1):
                if len(line) > WIDTH:
                    yield s.path, number, f"{len(line)} columns, {WIDTH} at most"


def functions(source):
    """(first line, length) of each function body: a '{' in column 0 to its '}'."""
    start = None
    for number, line in enumerate(source.code.split("\n"), 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            yield start, number - start + 1
            start = None


def function_length(sources):
    for s in (s for s in sources if s.is_c):
        for first, length in functions(s):
            if length > LONGEST_FUNCTION:
                yield s.path, first, f"a function of {length} lines"


def file_length(sources):
    for s in (s for s in sources if s.is_c or s.path.endswith(".py")):
        length = s.text.count("\n")
        most = LONGEST_PUBLIC_HEADER if s.parts[0] == "include" else LONGEST_FILE
        if length > most:
            yield s.path, 1, f"{length} lines, {most} at most"


def built(sources):
    """Every .c of a module is named in a meson.build of its module or folder."""
    lists = {s.path: s.text for s in sources if s.path.endswith("meson.build")}
    for s in sources:
        if not s.path.endswith(".c") or s.parts[0] not in BUILT:
            continue
        name = Path(s.path)
        texts = [lists.get(str(p / "meson.build"), "") for p in name.parents]
        names = {name.name, name.stem} | {
            str(name.relative_to(p)) for p in name.parents if p != Path(".")
        }
        if not any(f"'{n}'" in t for n, t in itertools.product(names, texts)):
            yield s.path, 1, "no meson.build names it"


def run_tool(root, command, paths):
    """The first thing that the tool says of each file."""
    if not paths:
        return
    done = subprocess.run(
        [*command, *paths], cwd=root, capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr).splitlines()
    places = [m for m in map(re.compile(r"(\S+?):(\d+):\d+: (.+)").match, said) if m]
    seen = set()
    for path, line, text in (m.groups() for m in places):
        if path not in seen:
            yield path, int(line), text
        seen.add(path)
    if done.returncode != 0 and not places:
        yield command[0], 0, " ".join(said)[:2000] or f"exit {done.returncode}"


def documentation(root):
    """What docs/api.md and the snippets of the documentation say is what is there."""
    done = subprocess.run(
        [sys.executable, root / "scripts" / "docs.py", "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    for said in (done.stdout + done.stderr).splitlines():
        yield "scripts/docs.py", 0, said


def tools(root, sources):
    beside = Path(sys.executable).parent / "ruff"
    ruff = str(beside) if beside.exists() else "ruff"
    c = [s.path for s in sources if s.is_c]
    python = [s.path for s in sources if s.path.endswith(".py")]
    check = [ruff, "check", "-q", "--output-format=concise"]
    if (root / "scripts" / "docs.py").exists():
        yield "documentation", documentation(root)
    yield "clang-format", run_tool(root, ["clang-format-14", "-n", "-Werror"], c)
    yield "ruff check", run_tool(root, check, python)
    yield "ruff format", run_tool(root, [ruff, "format", "--check", "-q"], python)


RULES = [
    banned_calls,
    bare_allocation,
    ends_or_prints,
    include_direction,
    python_header,
    header_paragraph,
    unfinished,
    machine_paths,
    line_width,
    function_length,
    file_length,
    built,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent)
    parser.add_argument("--no-tools", action="store_true")
    args = parser.parse_args()
    root = args.root.resolve()
    sources = [Source(root, p) for p in tracked(root) if is_text(Path(p))]
    cases = [(rule.__name__, rule(sources)) for rule in RULES]
    if not args.no_tools:
        cases += tools(root, sources)
    failed = 0
    for name, findings in cases:
        findings = list(findings)
        failed += bool(findings)
        for path, line, text in findings:
            print(f"{path}:{line}: {text} [{name}]")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
