"""What Flama has and this package has not: importing it tells what to use instead.

A module of MODULES has a file that calls `refuse`; a module that lacks names of NAMES
has `names_of` for its `__getattr__`.
"""

MODULES = {
    "authentication": "check tokens in a component or an ASGI middleware of your own",
    "codecs": "read what is not JSON from the request itself",
    "crypto": "sign and check by a library made for it, such as PyJWT",
    "ddd": "use a repository of your own, provided by a component",
    "mcp": "serve it by another ASGI application, mounted by app.mount",
    "sqlalchemy": "use sqlalchemy itself, an engine made in a Module or a component",
    "telemetry": "use an ASGI middleware, such as OpenTelemetry's",
}
WEB_SOCKETS = "serve web sockets by another ASGI application, which mounts this one"
LANGUAGE_MODELS = "serve language models by a program made for them"
JSON_RPC = "read the envelope in a route that takes a dict"
NAMES = {
    "endpoints": {
        "JSONRPCEndpoint": JSON_RPC,
        "WebSocketEndpoint": WEB_SOCKETS,
    },
    "http": {
        "JSONRPCErrorResponse": JSON_RPC,
        "JSONRPCResponse": JSON_RPC,
        "JSONRPCStatus": JSON_RPC,
        "WebSocket": WEB_SOCKETS,
        "WebSocketClose": WEB_SOCKETS,
        "WebSocketStatus": WEB_SOCKETS,
    },
    "middleware": {
        "AuthenticationMiddleware": MODULES["authentication"],
        "SessionMiddleware": "use Starlette's, which works here, too",
        "TelemetryMiddleware": MODULES["telemetry"],
    },
    "models": dict.fromkeys(
        ("BaseLLMResource", "LLMModel", "LLMResource", "LLMResourceType"),
        LANGUAGE_MODELS,
    ),
    "resources": dict.fromkeys(
        ("CRUDResource", "CRUDResourceType", "RESTResource", "RESTResourceType"),
        "derive from Resource and write the methods: there is no SQL here",
    ),
}


def _refusal(name, instead):
    return ImportError(f"{name} is not part of this Flama: {instead}")


def refuse(module):
    """Raises the ImportError of a module."""
    raise _refusal(module, MODULES[module.rpartition(".")[2]])


def names_of(module):
    """The `__getattr__` of a module, for names of Flama that it lacks."""
    absent = NAMES[module.rpartition(".")[2]]

    def missing(name):
        if name in absent:
            raise _refusal(f"{module}.{name}", absent[name])
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return missing
