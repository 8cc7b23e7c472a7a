"""The classes that resources derive from."""

import types

from flama.annotations import caller_locals

__all__ = ["Resource", "ResourceType"]


class ResourceType(type):
    """Gives a resource its name, its verbose name and its `_meta`.

    The locals around the class body are kept while an annotation is a text, which may
    name what stands there.
    """

    def __new__(mcs, name, bases, namespace, **options):
        cls = super().__new__(mcs, name, bases, namespace, **options)
        if not any(isinstance(base, ResourceType) for base in bases):
            return cls
        if "name" not in namespace:
            cls.name = name
        if "verbose_name" not in namespace:
            cls.verbose_name = cls.name
        cls._meta = types.SimpleNamespace(
            name=cls.name, verbose_name=cls.verbose_name, namespaces={}
        )
        cls._locals = caller_locals(1)
        mcs.prepare(cls, namespace)
        return cls

    @staticmethod
    def prepare(cls, namespace):
        """For the kinds of resources to look at a new class."""

    def routes(cls):
        """The methods marked as routes: (function, options), own ones first."""
        seen, found = set(), []
        for base in cls.__mro__:
            for name, value in vars(base).items():
                options = getattr(value, "_resource_method", None)
                if name not in seen and options:
                    found.append((value, options))
                seen.add(name)
        return found


class Resource(metaclass=ResourceType):
    """A group of methods under one path."""
