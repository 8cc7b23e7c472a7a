"""Flama: machine-learning models behind typed, documented HTTP APIs."""

from flama import _core, background, exceptions, http, models, resources, schemas, types
from flama.applications import Flama
from flama.background import (
    BackgroundProcessTask,
    BackgroundTask,
    BackgroundTasks,
    BackgroundThreadTask,
)
from flama.components import Component, Components
from flama.middleware import Middleware
from flama.modules import Module
from flama.serialize import dump, load, manifest, meta

__version__ = _core.version


def run(flama_app=None, **options):
    """Serves an application until SIGINT or SIGTERM: see flama.server.run."""
    from flama.server import run  # brings asyncio, which set-up does without

    return run(flama_app, **options)


__all__ = [
    "BackgroundProcessTask",
    "BackgroundTask",
    "BackgroundTasks",
    "BackgroundThreadTask",
    "Component",
    "Components",
    "Flama",
    "Middleware",
    "Module",
    "background",
    "dump",
    "exceptions",
    "http",
    "load",
    "manifest",
    "meta",
    "models",
    "resources",
    "run",
    "schemas",
    "types",
]
