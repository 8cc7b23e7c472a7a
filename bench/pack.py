"""Model files for what is measured."""

import base64
import json
import struct
import zlib


def pack(payload, lib, version):
    """The payload in the container of Flama 2, compressed with zlib."""
    meta = {
        "id": "00000000-0000-0000-0000-000000000000",
        "timestamp": "2026-01-01T00:00:00",
        "framework": {"family": "ml", "lib": lib, "version": version, "config": None},
        "model": {"obj": "", "info": {}, "params": {}, "metrics": {}},
        "extra": {},
        "capabilities": {"kind": "ml"},
    }
    parts = [
        b"\0" + zlib.compress(json.dumps(meta).encode()),
        bytes(5),
        bytes(2) + zlib.compress(base64.encodebytes(payload), 1),
    ]
    body = struct.pack(">QQQ", *map(len, parts)) + b"".join(parts)
    return struct.pack(">IIQ", 2, 3, len(body)) + body
