"""Requests that Gemini cannot be asked, refused before anything is sent."""

from providers.errors import ErrorKind, ProviderError, failure


def bad(message: str, param: str) -> ProviderError:
    """The client's mistake."""
    return ProviderError(failure(ErrorKind.BAD_REQUEST, message, param=param, accepted=False))


def unsupported(message: str, param: str) -> ProviderError:
    """A right request that this upstream has no way to honour."""
    return ProviderError(failure(ErrorKind.UNSUPPORTED, message, param=param, accepted=False))
