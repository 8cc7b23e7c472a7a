"""The command line of `python -m flama`.

The program `flama` has the commands; it hands `flama run MODULE:APP` over to here, with
the options as they were written.
"""

import argparse
import os
import sys

from flama import _core

LEVELS = ["trace", "debug", "info", "warning", "error", "critical"]

# Option, the core's name for it (or None: for this file), type, default.
SERVER = [
    ("host", "host", str, "127.0.0.1"),
    ("port", "port", int, 8000),
    ("uds", "uds", str, None),
    ("fd", "fd", int, -1),
    ("workers", None, int, 1),
    ("reload", None, bool, False),
    ("log-level", None, str, "info"),
    ("access-log", "access_log", bool, True),
    ("use-colors", None, bool, None),
    ("proxy-headers", "proxy_headers", bool, True),
    ("server-header", "server_header", bool, True),
    ("date-header", "date_header", bool, True),
    ("forwarded-allow-ips", "forwarded_allow_ips", str, None),
    ("limit-concurrency", "limit_concurrency", int, 0),
    ("limit-max-requests", "limit_max_requests", int, 0),
    ("backlog", "backlog", int, 2048),
    ("timeout-keep-alive", "timeout_keep_alive", float, 5),
    ("timeout-graceful-shutdown", "timeout_stop", float, 30),
    ("timeout-request", "timeout_request", float, 60),
]


class Settings:
    """The options of a server, checked."""

    def __init__(self, values, debug=False):
        self.values = values
        self.debug = debug

    @classmethod
    def of(cls, options):
        """Settings by keyword: server_port=8080, server_reload=True."""
        values = {name: default for name, _, _, default in SERVER}
        debug = options.pop("app_debug", False)
        for key, value in options.items():
            name = key.removeprefix("server_").replace("_", "-")
            if name not in values:
                raise TypeError(f"run() has no option {key!r}")
            values[name] = value
        return cls(values, debug)

    def server(self):
        """The options as the core's server takes them."""
        given = {}
        for name, core, kind, _ in SERVER:
            value = self.values[name]
            if core and value is not None:
                given[core] = int(value * 1000) if kind is float else value
        if given["port"] == 0:
            given["port"] = -1  # the system's choice
        if given["host"] == "0.0.0.0":
            given["host"] = "0.0.0.0"
        return given

    def start_log(self):
        """Sends the log to standard error."""
        colours = self.values["use-colors"]
        if colours is None:
            colours = sys.stderr.isatty()
        _core.log_to_stderr(LEVELS.index(self.values["log-level"]), colours)


def _parser():
    parser = argparse.ArgumentParser(prog="flama", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"Flama {_core.version}")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser(
        "run", help="run an application written in Python", allow_abbrev=False
    )
    run.add_argument("flama_app", metavar="MODULE:APP")
    run.add_argument(
        "--app-debug", action=argparse.BooleanOptionalAction, default=False
    )
    for name, _, kind, default in SERVER:
        variable = os.environ.get("SERVER_" + name.upper().replace("-", "_"))
        if kind is bool:
            run.add_argument(
                f"--server-{name}",
                action=argparse.BooleanOptionalAction,
                default=default if variable is None else variable.lower() in
                ("1", "true", "t", "yes", "y", "on"),
            )  # fmt: skip
        else:
            run.add_argument(
                f"--server-{name}",
                type=kind,
                choices=LEVELS if name == "log-level" else None,
                default=default if variable is None else kind(variable),
            )
    return parser


def main(words=None):
    """Runs a command; the exit status."""
    from flama.exceptions import ApplicationError
    from flama.server import load, serve

    given = vars(_parser().parse_args(words))
    settings = Settings(
        {name: given[f"server_{name}".replace("-", "_")] for name, *_ in SERVER},
        given["app_debug"],
    )
    settings.start_log()
    try:
        return serve(load(given["flama_app"]), settings)
    except ApplicationError as wrong:
        for text in wrong.problems:
            _core.log(4, text)
        return 1
