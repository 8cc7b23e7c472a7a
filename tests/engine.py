"""The engines under test, as a process that answers one line a question."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("FLAMA_BUILD", ROOT / "build-dev"))


class Engine:
    """Asks run-model of a build folder for what models of a framework answer."""

    def __init__(self, framework, folder, build=BUILD):
        self.framework, self.folder = framework, pathlib.Path(folder)
        self.process = subprocess.Popen(
            [pathlib.Path(build) / "tests" / "run-model"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.count = 0

    def path(self, suffix):
        """A file name of its own for each model: the one before stays loaded."""
        self.count += 1
        return self.folder / f"model{self.count}{suffix}"

    def ask(self, path, method, rows):
        """{"output": ...} or {"error": ..., "code": ...}."""
        rows_path = self.folder / "rows.json"
        rows_path.write_text(json.dumps(rows))
        self.process.stdin.write(f"{self.framework} {path} {method} {rows_path}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the engine died"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0
