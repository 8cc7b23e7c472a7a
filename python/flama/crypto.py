"""Not here: see flama._absent."""

from flama._absent import refuse

refuse(__name__)
