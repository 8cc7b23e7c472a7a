#!/usr/bin/env python3
"""Prints unicode_data.c: what Python's str and unicodedata know of each character.

Run when the library is built. Tables, as unicode.c reads them: properties in blocks of
256 characters that share equal blocks, lower case, and compatibility decompositions.
"""

import sys
import unicodedata

LAST = sys.maxunicode
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by rule
SIGMA, FINAL = "\u03a3", "\u03c2"


def is_cased(c):
    """Tried out: only after a cased character a capital sigma is a final one."""
    return (c + SIGMA).lower().endswith(FINAL)


def properties(c):
    cased = is_cased(c)
    ignorable = not cased and ("A" + c + SIGMA).lower().endswith(FINAL)
    flags = (
        c.isalnum() or c == "_",
        c.isspace(),
        unicodedata.combining(c) != 0,
        cased,
        ignorable,
    )
    return sum(1 << i for i, flag in enumerate(flags) if flag)


def braced(values, width=16):
    rows = [values[i : i + width] for i in range(0, len(values), width)]
    return "{" + ",\n".join(",".join(map(str, row)) for row in rows) + "}"


def main():
    places, blocks = [], {}
    lower, parts, decomposed = [], [], []
    for start in range(0, LAST + 1, 256):
        block = []
        for code in range(start, start + 256):
            c = chr(code)
            assigned = unicodedata.category(c) not in ("Cn", "Co", "Cs")
            block.append(properties(c) if assigned else 0)
            if not assigned:
                continue
            if c.lower() != c and len(c.lower()) == 1:
                lower.append((code, ord(c.lower())))
            whole = unicodedata.normalize("NFKD", c)
            if whole != c and code not in HANGUL:
                decomposed.append((code, len(parts), len(whole)))
                parts.extend(map(ord, whole))
        places.append(blocks.setdefault(tuple(block), len(blocks)))
    print('#include "engine/sklearn/unicode.h"\n')
    print(f"const uint16_t flama_sk__unicode_places[] = {braced(places)};")
    print("const uint8_t flama_sk__unicode_blocks[][256] = {")
    print(",\n".join(map(braced, blocks)), "};")
    for name, rows in (("lower", lower), ("decomposed", decomposed)):
        width = len(rows[0])
        print(f"const size_t flama_sk__unicode_{name}_count = {len(rows)};")
        print(f"const uint32_t flama_sk__unicode_{name}[][{width}] = {{")
        print(",\n".join(map(braced, rows)), "};")
    print(f"const uint32_t flama_sk__unicode_parts[] = {braced(parts)};")


if __name__ == "__main__":
    main()
