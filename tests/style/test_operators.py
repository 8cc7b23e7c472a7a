"""docs/operators.md says what the table of the PyTorch engine says."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_page_is_up_to_date():
    done = subprocess.run([sys.executable, "scripts/operators.py", "--check"], cwd=ROOT)
    assert done.returncode == 0, "run scripts/operators.py"
