#!/usr/bin/env python3
"""Packs the files of the documentation page into the program, compressed with gzip.

embed.py --find               prints the folder that scripts/fetch-docs filled, if any
embed.py OUT.c OUT.bin FILE...
                              writes the table of the files, and their bytes in one
"""

import gzip
import hashlib
import os
import sys
from pathlib import Path

FOLDER = "swagger-ui-2026.10.1"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
RENAMED = {"LICENSE": "LICENSE.txt", "favicon-32x32.png": "favicon.png"}

HEAD = """\
#include "app/docs/docs.h"

__asm__(".section .rodata\\n"
        ".hidden flama_docs__bytes\\n"
        ".global flama_docs__bytes\\n"
        "flama_docs__bytes:\\n"
        ".incbin \\"{blob}\\"\\n"
        ".byte 0\\n"
        ".previous\\n");

extern const uint8_t flama_docs__bytes[] __attribute__((visibility("hidden")));

const flama_asset flama_docs__assets[] = {{
"""
ROW = """\
    {{"{name}", "{type}", "\\"{tag}\\"",
     flama_docs__bytes + {start}, {packed}, {size}}},
"""
TAIL = """\
    {0},
};
"""


def find():
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "flama" / FOLDER
    return folder if folder.is_dir() else None


def main():
    if sys.argv[1:] == ["--find"]:
        print(find() or "")
        return
    table, blob, *files = map(Path, sys.argv[1:])
    text, data = HEAD.format(blob=blob.resolve()), b""
    for file in files:
        content = file.read_bytes()
        packed = gzip.compress(content, 9, mtime=0)
        name = RENAMED.get(file.name, file.name)
        text += ROW.format(
            name=name,
            type=TYPES[Path(name).suffix],
            tag=hashlib.sha256(content).hexdigest()[:16],
            start=len(data),
            packed=len(packed),
            size=len(content),
        )
        data += packed
    blob.write_bytes(data)
    table.write_text(text + TAIL)


if __name__ == "__main__":
    main()
