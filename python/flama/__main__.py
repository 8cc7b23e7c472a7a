"""`python -m flama`: what the program `flama` starts for an app written in Python."""

import sys

from flama.cli import main

sys.exit(main())
