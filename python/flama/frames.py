"""What the debug page shows of an exception: its frames with their variables."""

import collections
import reprlib
import traceback

from flama import _core

MOST_FRAMES = 64
MOST_LOCALS = 20
MOST_TEXT = 1200  # characters of a frame's variables


class Short(reprlib.Repr):
    """Short texts of values; of one that has none, why."""

    def __init__(self):
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 120

    def of(self, value):
        """One line, which says so when the value's own repr fails."""
        try:
            text = self.repr(value)
        except Exception as why:
            text = f"<{type(value).__name__}: its repr raises {type(why).__name__}>"
        return " ".join(text.split("\n"))

    def repr_instance(self, value, _level):
        """Of what is no container; may raise what the value's own repr does."""
        text = repr(value)
        return text if len(text) <= self.maxother else text[: self.maxother] + "..."


short = Short()


def _plain(text):
    """As text of C: what is no character, and NUL, by their numbers."""
    text = text.replace("\0", "\\x00")
    return text.encode("utf-8", "backslashreplace").decode()


def _locals(frame):
    """`name = value` a line, of the first variables of a frame."""
    names = [name for name in frame.f_locals if not name.startswith("__")]
    lines = [f"{n} = {short.of(frame.f_locals[n])}" for n in names[:MOST_LOCALS]]
    if len(names) > MOST_LOCALS:
        lines.append(f"({len(names) - MOST_LOCALS} more)")
    text = "\n".join(lines)
    return _plain(text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "...")


def _before(exception):
    """The exception that led to this one, and how; as the interpreter tells it."""
    if exception.__cause__ is not None:
        return exception.__cause__, "It was raised from"
    if exception.__context__ is not None and not exception.__suppress_context__:
        return exception.__context__, "It was raised while handling"
    return None, None


def _sentence(how, exception):
    try:
        text = str(exception)
    except Exception:
        text = ""
    return _plain(f"{how} {type(exception).__name__}: {text[:300]}")


def frames(exception):
    """(function, file, line, variables) of each frame, the innermost first; where the
    frames of an exception that led to it begin, (sentence, None, -1, None)."""
    out, told = [], []
    while exception is not None and len(out) < MOST_FRAMES:
        told.append(exception)
        entries = collections.deque(
            traceback.walk_tb(exception.__traceback__), maxlen=MOST_FRAMES
        )
        for frame, line in reversed(entries):
            code = frame.f_code
            name = getattr(code, "co_qualname", code.co_name)  # from Python 3.11
            out.append(
                (_plain(name), _plain(code.co_filename), line or 0, _locals(frame))
            )
        exception, how = _before(exception)
        if any(exception is one for one in told):
            break
        if exception is not None:
            out.append((_sentence(how, exception), None, -1, None))
    return out[:MOST_FRAMES]


_core.set_hooks(frames=frames)
