"""`app.resources`: resources of an application."""

import inspect

from flama.resources.resource import ResourceType
from flama.resources.routing import resource_method
from flama.routing import document, handler, mask

__all__ = ["MountedResource", "ResourcesModule"]


class MountedResource:
    """A resource at a path, as the application collects it."""

    def __init__(self, path, resource, tags=None):
        if isinstance(resource, ResourceType):
            resource = resource()
        elif not isinstance(type(resource), ResourceType):
            raise TypeError(
                f"{resource!r} is no resource: derive its class from Resource or "
                "ModelResource"
            )
        self.path = path
        self.resource = resource
        self.tags = tags

    def add_to(self, core, injector):
        """Adds the resource; gives what is wrong with it, a sentence each."""
        cls, mistakes, methods = type(self.resource), [], []
        namespace = {**cls._locals, **vars(cls)}
        for function, options in cls.routes():
            path = self.path.rstrip("/") + options.path
            is_static = isinstance(inspect.getattr_static(cls, function.__name__, None),
                                   staticmethod)  # fmt: skip
            plan = injector.plan(function, path, namespace, not is_static,
                                 options.pagination)  # fmt: skip
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
                 document(function), not options.include_in_schema)
            )  # fmt: skip
        model = getattr(cls, "model", None)
        core.add_resource(
            self.path,
            cls.name,
            cls.verbose_name,
            methods,
            model._native if model is not None else None,
            further_methods(getattr(cls, "model_methods", None)),
        )
        return mistakes


def further_methods(names):
    """The model's further methods as the core takes them: names, or a text of them."""
    return names if names is None or isinstance(names, str) else "+".join(names)


class ResourcesModule:
    """`app.resources`."""

    def __init__(self, app):
        self._app = app
        self.added = []

    def add_resource(self, path, resource, tags=None):
        """Serves a resource (a class or an instance) below a path; `tags` are for the
        application's own use."""
        self._app._check_open()
        self.added.append(MountedResource(path, resource, tags))

    def resource(self, path, tags=None):
        """A decorator for the class of a resource."""

        def add(resource):
            self.add_resource(path, resource, tags)
            return resource

        return add

    method = staticmethod(resource_method)
