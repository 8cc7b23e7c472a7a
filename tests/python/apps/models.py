"""Every model file of the tests, at a path of its name; TorchScript where torch is."""

import importlib.util
import pathlib

from flama import Flama

SCRIPTS = ["legacy_pytorch"]

app = Flama(title="Models")
for path in sorted(pathlib.Path(__file__).parents[2].glob("fixtures/*.flm")):
    name = path.stem
    if name not in SCRIPTS or importlib.util.find_spec("torch"):
        app.models.add_model(f"/{name}/", path, name, trust=name in SCRIPTS)
