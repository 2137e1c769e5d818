"""What the library throws. Messages name the file, the place and the value."""


class Error(Exception):
    """Any error of cnclip."""


class UsageError(Error, ValueError):
    """The caller asked for something that makes no sense."""


class BadInputError(Error, ValueError):
    """A file, a picture or a text is not what it should be."""


class UnavailableError(Error, RuntimeError):
    """Not in this build, or not on this machine."""


class InternalError(Error, RuntimeError):
    """A fault of the library's own."""
