"""What an answer can be held to: the validators a profile may name, and their settings' shapes.

A list of names, or of objects with one name and its settings: `["json", {"max_length":
{"words": 500}}]`. How each decides is `lakehouse.validation`'s; installed packages add more
under the entry point group below.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import msgspec
from django.core.exceptions import ValidationError

from profiles.execution.apart import running, schemas
from providers.suggest import shown, suggestion
from providers.validators import is_plain

ENTRY_POINTS = "lakehouse.validators"
MOST = 20  # validators of one profile
LONGEST_SETTINGS = 128_000  # bytes of JSON, of one validator
MOST_TEXTS = 100  # paths or patterns of one validator
LONGEST_TEXT = 1000
SAVING_SECS = 4.0  # of computing, for the check of a schema that is saved

VALIDATORS = {
    "json": "The answer is one JSON document.",
    "json_schema": "It is JSON that fits a schema (draft 2020-12): schema.",
    "regex": "Patterns it must or must not match: must_match, must_not_match.",
    "required_fields": "It is JSON in which these are there and not empty: fields.",
    "citations": "Each [p1] in it is a passage that was found; required: there is one at least.",
    "max_length": "It is no longer than so many characters, words or (estimated) tokens.",
    "language_of_refusal": "It is no refusal, in any of several languages.",
}


class Named(msgspec.Struct, frozen=True):
    """One validator of a list; `settings` is a JSON object's text, so that it is hashable."""

    name: str
    settings: bytes = b"{}"


def named(value: Any) -> tuple[Named, ...]:
    """The list as calls use it. Raises ValidationError.

    Whether a schema is one, and a pattern, is left to those who use them: that takes long.
    """
    return tuple(_read(value))


def check(value: Any) -> None:
    """Of a profile's field, whole: a large schema takes a second. Raises ValidationError."""
    for found in _read(value):
        if problem := _TAKES_LONG.get(found.name, _none)(msgspec.json.decode(found.settings)):
            raise ValidationError(f"{found.name}: {problem}")


def plain(each: Named) -> Any:
    """As it stands in a list."""
    settings = msgspec.json.decode(each.settings)
    return {each.name: settings} if settings else each.name


def known() -> list[str]:
    """The names there are here, ours first."""
    return [*VALIDATORS, *sorted(installed())]


@cache
def installed() -> frozenset[str]:
    """The names that installed packages provide; nothing of them is loaded."""
    return frozenset(e.name for e in entry_points(group=ENTRY_POINTS)) - frozenset(VALIDATORS)


def parts(item: Any) -> tuple[str, Any]:
    """The name and settings of one item of a list. Raises ValidationError for another shape."""
    if isinstance(item, str):
        return item, {}
    if isinstance(item, Mapping) and len(item) == 1:
        name, settings = next(iter(item.items()))
        if isinstance(name, str):
            return name, settings
    raise ValidationError(
        'A validator is a name, or an object like {"max_length": {"characters": 500}}.'
    )


def _read(value: Any) -> Iterator[Named]:
    if not isinstance(value, list | tuple):
        raise ValidationError('Write a list, like ["json", {"max_length": {"words": 500}}].')
    if len(value) > MOST:
        raise ValidationError(f"Name at most {MOST} validators.")
    names = set()
    for item in value:
        name, settings = parts(item)
        if name in names:
            raise ValidationError(f"Name each once: {shown(name)} is there twice.")
        names.add(name)
        yield of(name, settings)


def of(name: str, settings: Any) -> Named:
    """One validator by its name. Raises ValidationError."""
    if name not in VALIDATORS and name not in installed():
        raise ValidationError(f'There is no "{shown(name)}". {suggestion(shown(name), known())}')
    if not isinstance(settings, Mapping):
        raise ValidationError(f"{name}: its settings are an object.")
    text = _plain(name, settings)
    if check_own := _CHECKS.get(name):
        try:
            check_own(settings)
        except ValidationError as error:
            raise ValidationError(f"{name}: {error.messages[0]}") from None
    return Named(name, text)


def _plain(name: str, settings: Mapping[str, Any]) -> bytes:
    """The settings as JSON: bounded, and nothing in them that cannot be stored."""
    if schemas.depth(settings) > schemas.DEEPEST:
        text = f"{name}: nested deeper than {schemas.DEEPEST} levels. Flatten it."
        raise ValidationError(text)
    try:
        found = msgspec.json.encode(settings)
    except (UnicodeEncodeError, OverflowError, TypeError, ValueError):
        text = f"{name}: its settings hold what cannot be stored. Write plain JSON."
        raise ValidationError(text) from None
    if len(found) > LONGEST_SETTINGS:
        raise ValidationError(f"{name}: its settings take over {LONGEST_SETTINGS} bytes.")
    if b"\\u0000" in found and not all(map(is_plain, schemas.texts(settings))):
        raise ValidationError(f"{name}: its settings hold a NUL. Leave it out.")
    return found


# --- the shapes of settings ---


def _nothing(settings: Mapping[str, Any]) -> None:
    _only(settings, ())


def _schema(settings: Mapping[str, Any]) -> None:
    _only(settings, ("schema",))
    if "schema" not in settings:
        raise ValidationError('It needs a schema: {"json_schema": {"schema": {…}}}.')
    if not isinstance(settings["schema"], Mapping | bool):
        raise ValidationError("A schema is an object.")


def _patterns(settings: Mapping[str, Any]) -> None:
    _only(settings, ("must_match", "must_not_match"))
    if not any(settings.values()):
        raise ValidationError("It needs must_match, must_not_match or both.")
    for field, given in settings.items():
        _texts(field, given)


def _fields(settings: Mapping[str, Any]) -> None:
    _only(settings, ("fields",))
    if not settings.get("fields"):
        raise ValidationError('It needs fields, like {"fields": ["name", "items.*.price"]}.')
    for path in _texts("fields", settings["fields"]):
        if not all(path.split(".")):
            raise ValidationError(f'"{shown(path)}" is no path: write names with a dot between.')


def _citations(settings: Mapping[str, Any]) -> None:
    _only(settings, ("required",))
    if not isinstance(settings.get("required", False), bool):
        raise ValidationError("required is true or false.")


def _length(settings: Mapping[str, Any]) -> None:
    _only(settings, ("characters", "words", "tokens"))
    if not settings:
        raise ValidationError("It needs characters, words or tokens.")
    for field, most in settings.items():
        if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= 10_000_000:
            raise ValidationError(f"{field} is a whole number from 1 to 10000000.")


_CHECKS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "json": _nothing,
    "json_schema": _schema,
    "regex": _patterns,
    "required_fields": _fields,
    "citations": _citations,
    "max_length": _length,
    "language_of_refusal": _nothing,
}


def _patterns_problem(settings: Mapping[str, Any]) -> str:
    patterns = [text for given in settings.values() for text in _texts("", given)]
    return running.run("check_regex", msgspec.json.encode(patterns)).problem


def _schema_problem(settings: Mapping[str, Any]) -> str:
    schema = msgspec.json.encode(settings["schema"])
    return running.run("check_json_schema", schema, secs=SAVING_SECS).problem


def _none(settings: Mapping[str, Any]) -> str:
    return ""


_TAKES_LONG: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "json_schema": _schema_problem,
    "regex": _patterns_problem,
}


def _only(settings: Mapping[str, Any], known_settings: tuple[str, ...]) -> None:
    for key in settings:
        if key not in known_settings:
            near = suggestion(shown(key), known_settings) if known_settings else "It has none."
            raise ValidationError(f'There is no setting "{shown(key)}". {near}')


def _texts(field: str, given: Any) -> list[str]:
    """A text, or a list of them."""
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list | tuple) or len(texts) > MOST_TEXTS:
        raise ValidationError(f"{field} is a text, or a list of at most {MOST_TEXTS}.")
    for text in texts:
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT:
            raise ValidationError(f"{field}: each is a text of 1 to {LONGEST_TEXT} characters.")
    return list(texts)
