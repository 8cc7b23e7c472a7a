"""Bodies in pieces: what gives them to the core, and what takes them from it."""

import asyncio
import contextlib

MORE, LAST, BROKEN = range(3)  # kinds of pieces, as the core has them


class Source:
    """Gives the parts of a stream, each when the client has taken the one before.

    The core calls `asked` for a piece, `gone` when nobody waits for it any more, and
    `ended` when there will be nothing to ask for.

    Parameters
    ----------
    parts : async generator of bytes
    done : callable
        Called once all is over.
    length : int
        Of all parts together, where that is known.
    """

    def __init__(self, parts, done, length=0):
        self.parts = parts
        self.done = done
        self.length = length
        self.task = None
        self.wanted = asyncio.Event()
        self.over = False

    def asked(self, stream):
        self.stream = stream
        self.wanted.set()
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self.run())
            self.task.add_done_callback(self.finish)

    def gone(self):
        self.task.cancel()

    def ended(self):
        self.over = True
        if self.task:
            self.task.cancel()
        else:
            self.done()

    def push(self, part, kind):
        self.wanted.clear()
        self.stream.push(part, kind)

    async def give(self, part, kind):
        if self.over:
            raise asyncio.CancelledError
        await self.wanted.wait()
        self.push(part, kind)

    async def run(self):
        from flama.routing import log_exception

        try:
            async with contextlib.aclosing(self.parts):
                async for part in self.parts:
                    await self.give(part, MORE)
            await self.give(b"", LAST)
        except Exception as exception:
            log_exception(exception)
            await self.give(b"", BROKEN)

    def finish(self, _task):
        """Leaves no question without an answer."""
        if self.wanted.is_set():
            self.push(b"", BROKEN)
        self.done()


def length_of(field):
    """What a content-length says (bytes); 0 where it says nothing."""
    return int(field) if field.isdigit() and len(field) < 19 else 0


async def on_threads(parts):
    """What a plain iterator gives, each on another thread, for it may block."""
    iterator, end = iter(parts), object()
    step = None
    try:
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(next, iterator, end))
            part = await asyncio.shield(step)
            if part is end:
                return
            yield part
    finally:
        if step and not step.done():
            await asyncio.wait([step])
        if hasattr(iterator, "close"):
            await asyncio.to_thread(iterator.close)


async def pieces(body, receive):
    """(piece, kind) of a body of the core, until it ends or the client has gone."""
    gone = asyncio.ensure_future(disconnected(receive))
    kind = MORE
    try:
        while kind == MORE:
            asked = asyncio.get_running_loop().create_future()
            body.next(lambda *piece, to=asked: to.done() or to.set_result(piece))
            await asyncio.wait([asked, gone], return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                return
            piece, kind = asked.result()
            yield piece, kind
    finally:
        gone.cancel()
        body.close()


async def disconnected(receive):
    """Waits until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
