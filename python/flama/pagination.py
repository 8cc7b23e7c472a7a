"""Pagination: a list that a handler returns is answered a page at a time.

    @app.get("/items/", pagination="limit_offset")
    def items(**kwargs) -> list: ...

The handler returns the whole list; the query chooses the page, and the answer is
{"meta": {...}, "data": [...]}. With `count=true` it tells the length of the whole.
"""

import functools
import inspect

__all__ = ["KINDS", "Page", "paginated"]


def _limit_offset(items, limit=10, offset=0):
    return items[offset : offset + limit]


def _page_number(items, page=1, page_size=10):
    return items[(page - 1) * page_size : page * page_size]


KINDS = {"limit_offset": _limit_offset, "page_number": _page_number}


class Page:
    """What a handler gives whose list is answered page by page: the annotation of the
    list."""

    def __init__(self, items):
        self.items = items


def paginated(function, kind, parameters, returned):
    """(function, parameters, returned) of a handler: with the parameters that choose a
    page, and an answer that is one."""
    cut = KINDS[kind]
    choices = inspect.signature(cut).parameters.values()
    defaults = {one.name: one.default for one in choices if one.name != "items"}
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default,
                          annotation=type(default))
        for name, default in (*defaults.items(), ("count", False))
    ]  # fmt: skip

    def page(items, chosen, count):
        whole = list(items)
        meta = {**chosen, "count": len(whole) if count else None}
        return {"meta": meta, "data": cut(whole, **chosen)}

    def choose(given):
        chosen = {name: given.pop(name, defaults[name]) for name in defaults}
        return chosen, given.pop("count", False)

    @functools.wraps(function)
    def call(*owner, **given):
        chosen = choose(given)
        return page(function(*owner, **given), *chosen)

    @functools.wraps(function)
    async def wait(*owner, **given):
        chosen = choose(given)
        return page(await function(*owner, **given), *chosen)

    made = wait if inspect.iscoroutinefunction(function) else call
    return made, [*parameters, *added], Page(returned)
