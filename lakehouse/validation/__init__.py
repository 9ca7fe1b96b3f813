"""Is an answer what was asked for? Validators, each with typed errors; the same for every caller.

An installed package adds its own under the entry point group `lakehouse.validators`: see
`lakehouse.validation.registry`.
"""

from lakehouse.validation.errors import Invalid, Kind
from lakehouse.validation.subject import Subject

__all__ = ["Invalid", "Kind", "Subject"]
