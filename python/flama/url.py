"""URLs: texts that know their parts."""

import urllib.parse

__all__ = ["URL"]


class URL(str):
    """The text of a URL, with `scheme`, `netloc`, `path`, `params`, `query` and
    `fragment`."""

    __slots__ = ()

    @property
    def components(self):
        """All parts, as urllib.parse names them."""
        return urllib.parse.urlparse(str(self))

    def __getattr__(self, name):
        if name not in urllib.parse.ParseResult._fields:
            raise AttributeError(f"a URL has no part {name!r}")
        return getattr(self.components, name)
