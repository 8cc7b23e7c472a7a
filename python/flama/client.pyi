import collections.abc as c
import os
import typing as t

import httpx

from flama.applications import Flama

__all__ = ["Client", "LifespanContextManager"]

class LifespanContextManager:
    app: Flama
    def __init__(self, app: Flama) -> None: ...
    async def __aenter__(self) -> LifespanContextManager: ...
    async def __aexit__(self, *exception: t.Any) -> None: ...

class Client(httpx.AsyncClient):
    app: Flama
    models: dict[str, str]
    lifespan: LifespanContextManager
    def __init__(
        self,
        /,
        app: Flama | None = None,
        models: c.Iterable[tuple[str, str, str | os.PathLike[str]]] | None = None,
        **options: t.Any,
    ) -> None: ...
    def __enter__(self) -> t.Any: ...
    def __exit__(self, *exception: t.Any) -> None: ...
    async def model_request(
        self, model: str, method: str, url: str, **options: t.Any
    ) -> httpx.Response: ...
    async def model_inspect(self, model: str, **options: t.Any) -> httpx.Response: ...
    async def model_predict(
        self, model: str, data: t.Any, **options: t.Any
    ) -> httpx.Response: ...
