#!/usr/bin/env python3
"""Puts the style and the script of the debug pages into the program.

embed.py OUT.c debug.css debug.js   writes both as C strings, and the policy that allows
                                    just them, by their hashes
"""

import base64
import hashlib
import sys
from pathlib import Path

POLICY = (
    "default-src 'none'; style-src {css}; script-src {js}; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def quoted(line):
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"'


def main():
    out, *files = map(Path, sys.argv[1:])
    text, hashes = '#include "app/debug/debug.h"\n', {}
    for file in files:
        content = file.read_text()
        assert content.isascii() and "</" not in content, f"{file} can't stand in HTML"
        kind = file.suffix[1:]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[kind] = f"'sha256-{digest}'"
        lines = "\n    ".join(map(quoted, content.splitlines()))
        text += f"\nconst char flama_debug__{kind}[] =\n    {lines};\n"
    text += f'\nconst char flama_debug__policy[] =\n    "{POLICY.format(**hashes)}";\n'
    out.write_text(text)


if __name__ == "__main__":
    main()
