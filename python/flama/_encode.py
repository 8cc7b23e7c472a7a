"""What JSON makes of types it does not know itself."""

import dataclasses
import datetime
import decimal
import enum
import os
import pathlib
import uuid


def encode(value):
    """A type that JSON knows for `value`; TypeError when there is none."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, uuid.UUID | pathlib.PurePath):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode()
    if isinstance(value, set | frozenset):
        return list(value)
    if isinstance(value, BaseException):
        return repr(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    for method in ("model_dump", "tolist", "_asdict", "keys"):
        if hasattr(value, method):
            return _called(value, method)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "__iter__"):
        return list(value)
    kind = type(value).__name__
    raise TypeError(f"Object of type {kind} is not JSON serializable")


def _called(value, method):
    if method == "keys":
        return {key: value[key] for key in value}
    made = getattr(value, method)()
    if made is value:
        raise TypeError(f"Object of type {type(value).__name__} encodes as itself")
    return made
