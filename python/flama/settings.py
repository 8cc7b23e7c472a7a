"""The options of `flama run`: from the command line, the environment, or keywords."""

import os
import re
import sys
from dataclasses import dataclass

from flama import _core

LEVELS = ["trace", "debug", "info", "warning", "error", "critical"]
TRUE = {"1", "true", "t", "yes", "y", "on"}
FALSE = {"", "0", "false", "f", "no", "n", "off"}


class SettingsError(ValueError):
    """An option has a value that it can't have."""


@dataclass(frozen=True)
class Option:
    """One option.

    `core` is the name that the core's server has for it; an option without one is read
    here. An option that is `fixed` may be given, for other servers have it, but changes
    nothing: it must have its default. Numbers are from `least` to `most`.
    """

    name: str
    kind: type
    default: object = None
    core: str = None
    help: str = None
    fixed: bool = False
    least: float = None
    most: float = None

    @property
    def key(self):
        """As a keyword of flama.run."""
        return self.name.replace("-", "_")

    @property
    def attribute(self):
        """As an attribute of Settings."""
        return self.key.removeprefix("server_" if "server_" in self.key else "app_")

    @property
    def negative(self):
        """The name that turns a flag off."""
        part, _, rest = self.name.partition("-")
        return f"{part}-no-{rest}"

    @property
    def names(self):
        """On the command line; a flag has a second one, which turns it off. What must
        be asked for by itself, --trust, has not."""
        both = self.kind is bool and "-" in self.name
        return [f"--{self.name}", f"--{self.negative}"] if both else [f"--{self.name}"]

    @property
    def variables(self):
        """Of the environment: the first that is there gives the value."""
        key = self.key.upper()
        return [f"FLAMA_{key}", key] if "_" in key else [f"FLAMA_{key}"]

    def read(self, value):
        """The value of a text, checked; what is no text passes if it fits."""
        if value is None:
            return self.default
        try:
            made = self._of_text(value) if isinstance(value, str) else self._of(value)
        except ValueError:
            raise SettingsError(
                f"Invalid value for '--{self.name}': {value!r} is not a valid "
                f"{'boolean' if self.kind is bool else self.kind.__name__}."
            ) from None
        if self.fixed and made != self.default:
            raise SettingsError(
                f"Invalid value for '--{self.name}': {value!r} is not supported; leave "
                "the option out."
            )
        if made != self.default and not self._is_within(made):
            raise SettingsError(
                f"Invalid value for '--{self.name}': {value!r} is not between "
                f"{self.least:,} and {self.most:,}."
            )
        return made

    def _is_within(self, made):
        return self.least is None or self.least <= made <= self.most  # no NaN is

    def _of_text(self, text):
        if self.kind is bool:
            if text.lower() not in TRUE | FALSE:
                raise ValueError
            return text.lower() in TRUE
        return self.kind(text)

    def _of(self, value):
        if self.kind is list:
            return list(value)
        if self.kind is float and isinstance(value, int):
            return float(value)
        if not isinstance(value, self.kind) or isinstance(value, bool) != (
            self.kind is bool
        ):
            raise ValueError
        return value


OPTIONS = [
    Option("app-debug", bool, False, help="Debug mode."),
    Option("trust", bool, False,
           help="Run code of model files, where loading them takes it."),
    Option("server-host", str, "127.0.0.1", "host"),
    Option("server-port", int, 8000, "port", help="0 lets the system choose.",
           least=0, most=65535),
    Option("server-uds", str, None, "uds"),
    Option("server-fd", int, -1, "fd", least=0, most=65535),
    Option("server-workers", int, None, help="Processes; WEB_CONCURRENCY, else 1.",
           least=1, most=1024),
    Option("server-reload", bool, False),
    Option("server-reload-dirs", str, None, help="Folders to watch, by commas."),
    Option("server-reload-delay", float, 0.25, least=0.001, most=3600),
    Option("server-log-level", str, "info"),
    Option("server-access-log", bool, True, "access_log"),
    Option("server-use-colors", bool, None),
    Option("server-proxy-headers", bool, True, "proxy_headers"),
    Option("server-server-header", bool, True, "server_header"),
    Option("server-date-header", bool, True, "date_header"),
    Option("server-forwarded-allow-ips", str, None, "forwarded_allow_ips"),
    Option("server-root-path", str, ""),
    Option("server-limit-concurrency", int, 0, "limit_concurrency",
           least=1, most=10**7),
    Option("server-limit-max-requests", int, 0, "limit_max_requests",
           least=1, most=10**15),
    Option("server-limit-body", int, 0, "limit_body", least=1, most=10**12),
    Option("server-limit-head", int, 0, "limit_head", least=256, most=2**24),
    Option("server-backlog", int, 2048, "backlog", least=1, most=65535),
    Option("server-timeout-keep-alive", float, 5.0, "timeout_keep_alive",
           least=0.001, most=86400),
    Option("server-timeout-request", float, 60.0, "timeout_request",
           least=0.001, most=86400),
    Option("server-timeout-graceful-shutdown", float, 30.0, "timeout_stop",
           least=0.001, most=86400),
    Option("server-headers", str, None, help="'Name: value', by commas."),
    Option("server-env-file", str, None,
           help="NAME=VALUE lines: variables for what is not in the environment."),
    Option("server-app-dir", str, "."),
    Option("server-factory", bool, False, help="The target makes the application."),
    Option("server-loop", str, "auto", fixed=True),
    Option("server-http", str, "auto", fixed=True),
    Option("server-ws", str, "auto", fixed=True),
    Option("server-lifespan", str, "auto", fixed=True),
    Option("server-interface", str, "auto", fixed=True),
    *(
        Option(f"server-{name}", str, None, fixed=True)
        for name in (
            "log-config", "reload-includes", "reload-excludes",
            "ssl-keyfile", "ssl-certfile", "ssl-keyfile-password", "ssl-version",
            "ssl-cert-reqs", "ssl-ca-certs", "ssl-ciphers",
        )
    ),
    Option("server-ws-max-size", int, 16777216, fixed=True),
    Option("server-ws-ping-interval", float, 20.0, fixed=True),
    Option("server-ws-ping-timeout", float, 20.0, fixed=True),
    Option("server-ws-per-message-deflate", str, "true", fixed=True),
]  # fmt: skip
# Of the supervisor, not for its workers.
OWN = {"host", "port", "uds", "fd", "workers", "reload", "reload_dirs", "reload_delay"}


def load_environment(path):
    """Reads a file as `flama serve --server-env-file` does: blank lines and those that
    begin with "#" say nothing, "export " and quotes are taken off, and a variable that
    is there stays."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.strip() for line in file]
    except OSError as why:
        raise SettingsError(f"'{path}': {why.strerror}") from None
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        if not equals or not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name.strip()):
            raise SettingsError(f"'{path}' line {number} is not NAME=VALUE.")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        os.environ.setdefault(name.strip(), value)


class Settings:
    """The options, checked; `settings.port` is --server-port."""

    def __init__(self, values):
        for option in OPTIONS:
            setattr(self, option.attribute, option.read(values.get(option.key)))
        if self.workers is None:
            self.workers = self._concurrency()
        if self.log_level not in LEVELS:
            raise SettingsError(
                f"Invalid value for '--server-log-level': {self.log_level!r} is not "
                f"one of {', '.join(LEVELS)}."
            )

    @staticmethod
    def _concurrency():
        text = os.environ.get("WEB_CONCURRENCY") or "1"
        is_number = text.isascii() and text.isdigit() and len(text) < 5
        if not is_number or not 1 <= int(text) <= 1024:
            raise SettingsError(f"WEB_CONCURRENCY is '{text}', not a number of workers")
        return int(text)

    @classmethod
    def of(cls, keywords):
        """Of flama.run's keywords."""
        known = {option.key for option in OPTIONS}
        for key in keywords:
            if key not in known:
                raise TypeError(f"run() has no option {key!r}")
        if path := keywords.get("server_env_file"):
            load_environment(path)
        return cls(keywords)

    @classmethod
    def of_words(cls, given):
        """Of the command line, and of the environment for what is not there."""
        values = dict(given)
        for option in sorted(OPTIONS, key=lambda one: one.key != "server_env_file"):
            for name in option.variables:
                if values.get(option.key) is None and name in os.environ:
                    values[option.key] = os.environ[name]
            if option.key == "server_env_file" and values.get(option.key):
                load_environment(values[option.key])
        return cls(values)

    def words(self):
        """The command line of a worker."""
        out = []
        for option in OPTIONS:
            value = getattr(self, option.attribute)
            if option.attribute in OWN or value == option.default:
                continue
            if option.kind is bool:
                out.append(f"--{option.name if value else option.negative}")
            else:
                out.append(f"--{option.name}={value}")
        return out

    def server(self):
        """The options as the core's server takes them; times are milliseconds there."""
        given = {"threads": max(1, (os.cpu_count() or 1) // self.workers)}
        for option in OPTIONS:
            value = getattr(self, option.attribute)
            if option.core and value is not None:
                given[option.core] = (
                    int(value * 1000) if option.kind is float else value
                )
        if self.headers:
            given["headers"] = [text.strip() for text in self.headers.split(",")]
        given["port"] = self.port or -1  # the system's choice
        return given

    def start_log(self):
        """Sends the log to standard error."""
        colours = self.use_colors
        if colours is None:
            colours = sys.stderr.isatty()
        _core.log_to_stderr(LEVELS.index(self.log_level), colours)
