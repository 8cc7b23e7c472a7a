from flama.resources.resource import Resource as Resource
from flama.resources.resource import ResourceType as ResourceType
from flama.resources.routing import ResourceRoute as ResourceRoute
from flama.resources.routing import resource_method as resource_method

__all__ = ["Resource", "ResourceRoute", "ResourceType", "resource_method"]
