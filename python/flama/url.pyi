import urllib.parse

__all__ = ["URL"]

class URL(str):
    @property
    def components(self) -> urllib.parse.ParseResult: ...
    def __getattr__(self, name: str) -> str: ...
