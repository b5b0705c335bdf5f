"""What can stop the host, or one function of the app, from being served."""


class HostError(Exception):
    """Every error this host raises on purpose."""


class ConfigurationError(HostError):
    """host.json, the key file or local.settings.json cannot be used; the host exits."""


class IndexingError(HostError):
    """The app cannot be indexed. All or nothing: one bad function removes every function."""


class FunctionRefused(HostError):
    """The host will not run this one function; the others are served."""
