"""The command line of `python -m flama`.

The program `flama` has the commands; it hands `flama run MODULE:APP` over to here, with
the options as they were written.
"""

import argparse
import os
import sys

from flama import _core
from flama.settings import OPTIONS, Settings, SettingsError


def main(words=None):
    """Runs a command; the exit status."""
    from flama.exceptions import ApplicationError
    from flama.server import run

    given = vars(_parser().parse_args(words))
    try:
        settings = Settings.of_words(given)
    except SettingsError as wrong:
        print(f"Error: {wrong}", file=sys.stderr)
        return 2
    try:
        return run(given["flama_app"], settings)
    except ApplicationError as wrong:
        for text in wrong.problems:
            _core.log(4, text)
        return 1


def _parser():
    parser = argparse.ArgumentParser(prog="flama", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"Flama {_core.version}")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser(
        "run", help="run an application written in Python", allow_abbrev=False
    )
    variable = os.environ.get("FLAMA_APP")
    run.add_argument(
        "flama_app", metavar="MODULE:APP", nargs="?" if variable else None,
        default=variable,
    )  # fmt: skip
    for option in OPTIONS:
        flag = {"nargs": 0, "action": _Flag} if option.kind is bool else {}
        run.add_argument(
            *option.names, dest=option.key, default=None, help=option.help, **flag
        )
    return parser


class _Flag(argparse.Action):
    """--server-access-log and --server-no-access-log."""

    def __call__(self, parser, namespace, values, option=None):
        on = option == self.option_strings[0]
        setattr(namespace, self.dest, "true" if on else "false")
