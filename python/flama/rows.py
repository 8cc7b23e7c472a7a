"""A large matrix of a request as a list that is built when somebody looks at it."""

import functools

from flama import _core

__all__ = ["Rows"]

METHODS = [
    "__add__", "__contains__", "__delitem__", "__eq__", "__ge__", "__getitem__",
    "__gt__", "__iadd__", "__imul__", "__iter__", "__le__", "__lt__", "__mul__",
    "__ne__", "__repr__", "__reversed__", "__rmul__", "__setitem__", "append", "clear",
    "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort",
]  # fmt: skip


class Rows(_core.RowsBase):
    """A list of rows: all of list's methods, on lists made at the first use of one.

    A model that it is passed to takes the numbers themselves, and so does numpy (a copy
    each time, since a list does not change with an array made of it).
    """

    __slots__ = ()
    __hash__ = None

    def __radd__(self, other):
        self._fill()
        return NotImplemented if not isinstance(other, list) else other + list(self)

    def __reduce_ex__(self, protocol):
        return list, (list(self),)

    def __copy__(self):
        return list(self)

    def __array__(self, dtype=None, copy=None):
        import numpy

        cells = self._cells()
        if cells is not None:
            data, kind, shape = cells
            array = numpy.frombuffer(data, kind).reshape(shape)
            if kind == "int64" or (numpy.abs(array) < 2.0**63).all():
                return array if dtype is None else array.astype(dtype)
        return numpy.array(list(self), dtype=dtype)


def _filling(name):
    plain = getattr(list, name)

    @functools.wraps(plain)
    def method(self, *args, **kwargs):
        self._fill()
        return plain(self, *args, **kwargs)

    return method


for _name in METHODS:
    setattr(Rows, _name, _filling(_name))

_core.set_hooks(rows=Rows)
