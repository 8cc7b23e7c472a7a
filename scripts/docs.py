#!/usr/bin/env python3
"""Keeps the documentation true to the code.

    docs.py [--check]

Writes docs/api.md from the public headers, and into docs/*.md the snippets that stand
below a line such as

    <!-- examples/hello.c -->
    <!-- examples/add_model_resource.c: predict -->

from the file named, whole or what stands in it between two lines that hold [predict].
With --check nothing is written: what is out of date is listed, and the exit code is 1.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
HEADERS = ["sys/engine.h", "sys/exchange.h", "sys/supervisor.h"]  # beyond flama.h
INNER = {"each.h"}
INNER_NAMES = {
    "FLAMA_BEGIN_DECLS",
    "FLAMA_END_DECLS",
    "FLAMA_PRINTF",
    "FLAMA_EACH_REST",
}
SNIPPET = re.compile(r"<!-- (\S+?\.[ch])(?:: (\S+))? -->\n```c\n.*?```\n", re.S)


def snippet(match):
    """The comment again, with the code that it names."""
    path, name = match.groups()
    text = (ROOT / path).read_text()
    if name:
        parts = re.split(rf"^.*\[{re.escape(name)}\].*\n", text, flags=re.M)
        if len(parts) != 3:
            sys.exit(f"{path}: there are no two lines with [{name}]")
        text = parts[1]
    head = match.group(0).split("\n", 1)[0]
    return f"{head}\n```c\n{text.strip()}\n```\n"


def comment_text(comment):
    """A C comment's text as Markdown; what is indented in it is code."""
    text = re.sub(r"^/\*|\*/$", "", comment.strip())
    lines = [re.sub(r"^ ?\* ?", "", line).rstrip() for line in text.split("\n")]
    lines[0] = lines[0].strip()
    out, code = [], False
    for line in lines:
        indented = line.startswith("    ") or (code and not line)
        if indented != code:
            out.append("```" if code else "```c")
            code = indented
        out.append(line[4:] if code else line)
    if code:
        out.append("```")
    return re.sub(r"\n+```\n", "\n```\n", "\n".join(out)).strip()


def chunks(text):
    """What blank lines part, but for those within braces and comments."""
    chunk = []
    for line in text.split("\n"):
        chunk.append(line)
        joined = "\n".join(chunk)
        whole = joined.count("/*") == joined.count("*/")
        balanced = joined.count("{") == joined.count("}")
        if line == "" and whole and balanced:
            if joined.strip():
                yield joined.strip()
            chunk = []
    if "\n".join(chunk).strip():
        yield "\n".join(chunk).strip()


def is_private(name):
    inner = r".*_$|FLAMA_(MEMBER|FIELD|KIND|REST)_|FLAMA_\w+_H$"
    return name in INNER_NAMES or bool(re.match(inner, name))


def without_bodies(code):
    """A macro is its name and parameters; the library's own ones are left out."""
    out, inside = [], False
    for line in code.split("\n"):
        macro = re.match(r"#define (\w+)(\([^)]*\))?", line)
        if macro and not is_private(macro.group(1)):
            plain = macro.group(2) is None and not line.endswith("\\")
            out.append(line if plain else macro.group(0))
        elif not inside and not re.match(r"#|FLAMA_(BEGIN|END)_DECLS|_Static_", line):
            out.append(line)
        inside = (inside or macro is not None) and line.endswith("\\")
    return "\n".join(out).strip()


def names(code):
    """What the code declares, for its heading."""
    flat = re.sub(r"/\*.*?\*/", "", code, flags=re.S)
    found = re.findall(r"^#define (\w+)", flat, re.M)
    found += re.findall(r"^\} (\w+);", flat, re.M)
    found += re.findall(r"^typedef (?:struct|enum) (\w+) \w+;", flat, re.M)
    found += re.findall(r"^struct (\w+) \{", flat, re.M)
    found += re.findall(r"^typedef .*?\(\*(\w+)\)", flat, re.M)
    found += re.findall(r"^typedef [\w ]+[ *](\w+);", flat, re.M)
    found += re.findall(r"^FLAMA_API [^;(]*?(\w+)\(", flat, re.M)
    found += re.findall(r"^(?:extern FLAMA_API|FLAMA_API extern) .*?(\w+);", flat, re.M)
    return list(dict.fromkeys(name for name in found if not is_private(name)))


def header_text(name):
    """A header's part of the reference."""
    text = (INCLUDE / "flama" / name).read_text()
    top, rest = re.match(r"(/\*.*?\*/)(.*)", text, re.S).groups()
    out = [f"## flama/{name}", "", comment_text(top), ""]
    for chunk in chunks(rest):
        comment, code = re.match(r"(/\*.*?\*/)?(.*)", chunk, re.S).groups()
        code = without_bodies(code)
        declared = names(code)
        if not declared:
            continue
        out += [f"### {', '.join(f'`{each}`' for each in declared)}", ""]
        if comment:
            out += [comment_text(comment), ""]
        out += ["```c", code, "```", ""]
    return "\n".join(out)


def reference():
    """docs/api.md: the headers in the order in which flama.h includes them."""
    listed = re.findall(r"#include <flama/(\S+)>", (INCLUDE / "flama.h").read_text())
    headers = [name for name in listed + HEADERS if name not in INNER]
    out = [
        "# API reference",
        "",
        "Made of the headers by `scripts/docs.py`; `#include <flama.h>` has all but",
        "`flama/sys`. The guide is [c.md](c.md).",
        "",
    ]
    out += [f"- [flama/{name}](#flama{re.sub('[/.]', '', name)})" for name in headers]
    out += ["", *(header_text(name) for name in headers)]
    return "\n".join(out).rstrip() + "\n"


def main():
    wanted = {ROOT / "docs" / "api.md": reference()}
    for path in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]:
        if path not in wanted:
            wanted[path] = SNIPPET.sub(snippet, path.read_text())
    late = [
        path for path, text in wanted.items()
        if not path.exists() or path.read_text() != text
    ]  # fmt: skip
    if "--check" in sys.argv[1:]:
        for path in late:
            print(f"{path.relative_to(ROOT)} is out of date: run scripts/docs.py")
        return 1 if late else 0
    for path in late:
        path.write_text(wanted[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
