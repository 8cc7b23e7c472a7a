"""`app.resources`: resources of an application."""

import inspect

from flama.resources.resource import ResourceType
from flama.routing import document, handler, mask

__all__ = ["MountedResource", "ResourcesModule"]


class MountedResource:
    """A resource at a path, as the application collects it."""

    def __init__(self, path, resource):
        if isinstance(resource, ResourceType):
            resource = resource()
        elif not isinstance(type(resource), ResourceType):
            raise TypeError(
                f"{resource!r} is no resource: derive its class from Resource or "
                "ModelResource"
            )
        self.path = path
        self.resource = resource

    def add_to(self, core, injector):
        """Adds the resource; gives what is wrong with it, a sentence each."""
        cls, mistakes, methods = type(self.resource), [], []
        namespace = {**cls._locals, **vars(cls)}
        for function, options in cls.routes():
            path = self.path.rstrip("/") + options.path
            is_static = isinstance(inspect.getattr_static(cls, function.__name__, None),
                                   staticmethod)  # fmt: skip
            plan = injector.plan(function, path, namespace, bound=not is_static)
            mistakes += [
                f"method '{options.name}' of resource '{cls.name}': {text}"
                for text in plan.mistakes
            ]
            made = handler(
                plan,
                options.name,
                injector.app,
                owner=None if is_static else self.resource,
                blocking=options.blocking,
            )
            methods.append(
                (options.path, mask(options.methods), options.name, made,
                 document(function))
            )  # fmt: skip
        model = getattr(cls, "model", None)
        core.add_resource(
            self.path,
            cls.name,
            cls.verbose_name,
            methods,
            model._native if model is not None else None,
        )
        return mistakes


class ResourcesModule:
    """`app.resources`."""

    def __init__(self, app):
        self._app = app
        self.added = []

    def add_resource(self, path, resource, *_args, **_options):
        """Serves a resource (a class or an instance) below a path."""
        self._app._check_open()
        self.added.append(MountedResource(path, resource))

    def resource(self, path, *_args, **_options):
        """A decorator for the class of a resource."""

        def add(resource):
            self.add_resource(path, resource)
            return resource

        return add

    method = None
