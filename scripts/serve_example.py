#!/usr/bin/env python3
"""Serves the example model with the program just built, and says what to try.

The port is 8000, or $PORT. What the server prints is passed on; Ctrl-C and SIGTERM end
it gracefully, and its exit code is this script's.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HINT = """
An iris classifier is being served. Try it from another terminal:

    curl {0}/predict/ -H 'content-type: application/json' \\
        -d '{{"input": [[5.8, 2.8, 5.1, 2.4], [6.0, 2.2, 4.0, 1.0]]}}'

or in a browser: {0}/docs/
"""


def main():
    port = os.environ.get("PORT", "8000")
    server = subprocess.Popen(
        [ROOT / "build" / "flama", "serve", "examples/iris.flm", "--server-port", port],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to both
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    ready = False
    for line in server.stdout:
        print(line, end="", flush=True)
        address = re.search(r"http://[^\s/]+:\d+", line)
        if address and not ready:
            ready = True
            print(HINT.format(address.group()), flush=True)
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
