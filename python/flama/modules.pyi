import typing as t

from flama.applications import Flama

__all__ = ["Module"]

class Module:
    name: t.Any
    app: t.Any
    def build(self, app: Flama) -> None: ...
    async def on_startup(self) -> None: ...
    async def on_shutdown(self) -> None: ...
