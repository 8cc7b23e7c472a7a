__all__ = ["HTTPEndpoint"]

class HTTPEndpoint:
    @classmethod
    def methods_of(cls, endpoint: object) -> list[str]: ...
