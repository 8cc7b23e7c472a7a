"""Resources: classes whose methods are served below one path."""

from flama._absent import names_of
from flama.resources.resource import Resource, ResourceType
from flama.resources.routing import ResourceRoute, resource_method

__all__ = ["Resource", "ResourceRoute", "ResourceType", "resource_method"]

__getattr__ = names_of(__name__)
