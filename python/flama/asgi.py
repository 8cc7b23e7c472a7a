"""An application as an ASGI callable: for uvicorn, Starlette's mount, Ray Serve.

The server owns the sockets and the loop; each request is an exchange of the core that
is made here.
"""

import asyncio
import contextlib
import traceback
import urllib.parse

import flama.server  # noqa: F401 (hands the core its hooks for asyncio)
from flama import streams
from flama.http import current_scope


async def serve(app, scope, receive, send):
    """`Flama.__call__`."""
    scope["app"] = app
    if scope["type"] == "lifespan":
        await lifespan(app, receive, send)
    elif scope["type"] == "http":
        app._start()
        await respond(app._serving, scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})


async def lifespan(app, receive, send):
    """The application's start and its end."""
    running = app._running()
    await receive()
    try:
        app._start()
        await running.__aenter__()
    except Exception:
        message = traceback.format_exc()
        await send({"type": "lifespan.startup.failed", "message": message})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    try:
        await running.__aexit__(None, None, None)
    except Exception:
        message = traceback.format_exc()
        await send({"type": "lifespan.shutdown.failed", "message": message})
        return
    await send({"type": "lifespan.shutdown.complete"})


async def respond(core, scope, receive, send):
    """Answers a request through an app of the core. What a handler raised and nothing
    answered is raised where middleware stands around: in the scope, "flama.raised" is
    a list for it."""
    body = await read(receive)
    if body is None:
        return
    path, root = scope["path"], scope.get("root_path", "")
    if root and path.startswith(root + "/"):
        path = path[len(root) :]
    query = scope.get("query_string", b"").decode("latin-1")
    raw = scope.get("raw_path") or urllib.parse.quote(scope["path"]).encode()
    client = scope.get("client")
    answered = asyncio.get_running_loop().create_future()

    def on_answer(*answer):
        if not answered.done():
            answered.set_result(answer)

    token = current_scope.set(scope)
    pending = core.dispatch(
        scope["method"].upper(),
        raw.decode("latin-1") + ("?" + query if query else ""),
        path or "/",
        query,
        [(bytes(name).lower(), bytes(value)) for name, value in scope["headers"]],
        body,
        f"{client[0]}:{client[1]}" if client else "",
        scope.get("scheme", "http"),
        on_answer,
    )
    current_scope.reset(token)
    if not answered.done() and not await _stays(answered, pending, receive):
        return
    if raised := scope.get("flama.raised"):
        raise raised[0]
    status, kind, headers, content = answered.result()
    if kind:
        headers.append((b"content-type", kind))
    is_whole = isinstance(content, bytes)
    length = len(content) if is_whole else content.length
    if is_whole or length:
        headers.append((b"content-length", str(length).encode()))
    start = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    if scope["method"] == "HEAD":
        is_whole, content = True, b""
    if is_whole:
        await send({"type": "http.response.body", "body": content})
    else:
        await _send_pieces(content, receive, send)


async def _stays(answered, pending, receive):
    """Waits for the answer; False, and what makes it cancelled, when the client has
    gone before."""
    gone = asyncio.ensure_future(streams.disconnected(receive))
    try:
        await asyncio.wait([answered, gone], return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        if not answered.done():
            pending.cancel()
    return answered.done()


async def _send_pieces(body, receive, send):
    async with contextlib.aclosing(streams.pieces(body, receive)) as pieces:
        async for piece, kind in pieces:
            if kind == streams.BROKEN:
                raise RuntimeError("the answer broke off")
            more = kind == streams.MORE
            message = {"type": "http.response.body", "body": piece, "more_body": more}
            await send(message)


async def read(receive):
    """The whole body, or None when the client has gone."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def receiving(body, over):
    """`receive` of a request whose body is here, and whose client stays until the
    asyncio.Event that says that all is sent."""
    given = [body]

    async def receive():
        if not given:
            await over.wait()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": given.pop(), "more_body": False}

    return receive


def scope_of(request, root=""):
    """The ASGI scope of a request of our own server."""
    client = request.client
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path.encode("utf-8", "surrogateescape").decode(
            "utf-8", "replace"
        ),
        "raw_path": request.target.partition("?")[0].encode("latin-1"),
        "query_string": request.query.encode("latin-1"),
        "root_path": root,
        "headers": [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers.items()
        ],
        "client": (client.host, client.port) if client.port else None,
        "server": None,
    }
