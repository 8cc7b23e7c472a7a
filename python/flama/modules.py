"""Modules: parts of an application with a life of their own."""

__all__ = ["Module"]


class Module:
    """A part of an application, found there as `app.NAME`.

    Attributes
    ----------
    name : str
        How the application names it.
    app : Flama
        Set when the application is made.
    """

    name = None
    app = None

    def build(self, app):
        """Called when the application is made."""
        self.app = app

    async def on_startup(self):
        """Called before the first request."""

    async def on_shutdown(self):
        """Called after the last request."""
