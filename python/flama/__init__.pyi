import typing as t

from flama import background as background
from flama import exceptions as exceptions
from flama import http as http
from flama import models as models
from flama import resources as resources
from flama import schemas as schemas
from flama import types as types
from flama.applications import Flama as Flama
from flama.background import BackgroundProcessTask as BackgroundProcessTask
from flama.background import BackgroundTask as BackgroundTask
from flama.background import BackgroundTasks as BackgroundTasks
from flama.background import BackgroundThreadTask as BackgroundThreadTask
from flama.components import Component as Component
from flama.components import Components as Components
from flama.middleware import Middleware as Middleware
from flama.modules import Module as Module
from flama.serialize import dump as dump
from flama.serialize import load as load
from flama.serialize import manifest as manifest
from flama.serialize import meta as meta

__version__: str
__all__: list[str]

def run(flama_app: Flama | str | None = None, **options: t.Any) -> int: ...
