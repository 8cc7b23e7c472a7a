"""What measures a network in its framework, and leaves it for others to measure."""

import json
import statistics
import time
from pathlib import Path

import numpy as np
from pack import pack

TURNS = 9


def took(call, least=100_000_000):
    """CPU nanoseconds of a call: the median of nine turns of a tenth of a second."""
    call()
    turns = []
    for _ in range(TURNS):
        repeat, started = 0, time.process_time_ns()
        while time.process_time_ns() - started < least:
            call()
            repeat += 1
        turns.append((time.process_time_ns() - started) / repeat)
    return statistics.median(turns)


def rows_of(shape):
    rows = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    return rows.round(4)


def leave(folder, name, payload, lib, version, rows, answer):
    """NAME.flm, NAME.rows.json and NAME.answer.json."""
    path = Path(folder) / name
    path.with_suffix(".flm").write_bytes(pack(payload, lib, version))
    path.with_suffix(".rows.json").write_text(json.dumps(rows.tolist()))
    path.with_suffix(".answer.json").write_text(json.dumps(answer.tolist()))
