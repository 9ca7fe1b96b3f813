"""`ModelProfile` documents of the older system, JSON or TOML, read as execution profiles.

A document has any subset of fields, under the names that people used for them. A file
is one document, a list of them, or a table of them by name.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from profiles.documents.entry import DocumentError, Entry, Text
from profiles.documents.older_text import parsed
from profiles.documents.reading import twice
from profiles.editing import OTHER_WORDS
from profiles.kinds import Kind, model_of
from providers.suggest import shown, suggestion
from providers.toml_lines import Place
from providers.toml_text import Problem, Unreadable, read

WORDS = OTHER_WORDS | {
    **dict.fromkeys(("backend", "vendor", "provider_name"), "provider"),
    **dict.fromkeys(("model_id", "llm", "deployment"), "model"),
    **dict.fromkeys(("max_new_tokens", "max_output", "num_predict"), "max_output_tokens"),
    **dict.fromkeys(("system_message", "system_instruction", "preamble"), "system_prompt"),
    **dict.fromkeys(("stop_sequences", "stop_words", "stops"), "stop"),
    **dict.fromkeys(("reasoning", "thinking", "thinking_level"), "reasoning_effort"),
    **dict.fromkeys(("notes", "summary", "comment"), "description"),
    **dict.fromkeys(("team", "maintainer"), "owner"),
    "temp": "temperature",
    "task": "task_class",
    "retrieval_profile": "retrieval",
    "memory_profile": "memory",
    "observer_profile": "observer",
}
# Objects in a document that hold further fields of it, and those around documents.
_NESTED = frozenset(
    {"parameters", "params", "settings", "model_settings", "sampling", "options", "generation"}
)
_AROUND = frozenset({"profiles", "model_profiles", "execution_profiles", "execution"})
_NAMES = ("name", "id")
_FIXTURE = {"model", "pk", "fields"}
_HINT = "--provider {0}=NAME takes another in its place, --provider {0}= leaves it open."


class Older(msgspec.Struct):
    """What was read, and what is wrong already.

    `left_out` has the fields that no execution profile has, by profile, without their
    values, which could be secrets; `named` the names that became others.
    """

    entries: list[Entry] = []
    left_out: dict[str, list[str]] = {}
    named: dict[str, str] = {}
    problems: list[Problem] = []


def load(paths: list[Path], providers: Mapping[str, str], known: Collection[str]) -> Older:
    """Of all files. `providers` maps names to those that stand in for them, "" for none.

    `known` are the providers there are.
    """
    older = Older()
    for path in paths:
        try:
            text, content = parsed(read(path, "Name the files to import."), path)
            for key, place, document in _documents(content, path.stem, ()):
                _add(older, text, place, key, document)
        except Unreadable as error:
            older.problems.append(error.problem)
        except DocumentError as error:
            older.problems += error.problems
        except RecursionError:
            older.problems.append(Problem(str(path), None, "It is nested too deeply."))
    for entry in older.entries:
        _settle_provider(older, entry, providers, known)
    older.problems += twice(older.entries)
    return older


def slug(said: object) -> str:
    """A name that calls can use, "" when nothing of it is left."""
    plain = unicodedata.normalize("NFKD", str(said)).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")
    if name and not name[0].isalpha():
        name = f"profile-{name}"
    return name[:63]


def _documents(content: Any, key: str, place: Place) -> Iterator[tuple[str, Place, Any]]:
    """Each document with the key it stands under, and its place in the file."""
    if isinstance(content, list):
        for index, member in enumerate(content):
            yield from _documents(member, key, (*place, str(index)))
    elif isinstance(content, dict) and (members := _members(content)):
        for name in members:
            yield from _documents(content[name], str(name), (*place, str(name)))
    else:
        yield key, place, content


def _members(content: dict[str, Any]) -> list[str]:
    """The keys under which documents stand, [] when the content is one document itself."""
    objects = {key for key, value in content.items() if isinstance(value, dict | list)}
    if around := [key for key in content if _plain(key) in _AROUND and key in objects]:
        return around
    is_table = len(objects) == len(content) and not any(
        _plain(key) in _NESTED or _field(key) for key in content
    )
    return list(content) if is_table else []


def _add(older: Older, text: Text, place: Place, key: str, document: Any) -> None:
    if isinstance(document, dict) and set(document) == _FIXTURE:  # as Django's dumpdata writes
        document = {"id": document["pk"], **document["fields"]}
    if not isinstance(document, dict):
        message = "A document is an object of fields."
        raise DocumentError([text.problem(place, message)])
    said = [value for name, value in _named(document) if isinstance(value, str | int)]
    name = next((name for each in (*said, key) if (name := slug(each))), "profile")
    entry = Entry(Kind.EXECUTION, name, {}, text, place)
    fields = [(spelled, _field(spelled), value) for spelled, value in _flat(document)]
    left_out = [shown(spelled) for spelled, field, _ in fields if field is None]
    for _, field, value in fields:
        if field is not None and value is not None:
            value = _brought(field, value)
            if entry.values.setdefault(field, value) != value:
                older.problems.append(entry.problem("It is there twice, and differs.", field))
    if fields and len(left_out) == len(fields):
        near = suggestion(left_out[0], model_of(Kind.EXECUTION).own_fields(), WORDS)
        message = f"None of its fields is known: this is no ModelProfile. {near}"
        older.problems.append(entry.problem(message))
    if said and name != said[0]:
        older.named[shown(said[0])] = name
    older.entries.append(entry)
    if left_out:
        older.left_out[name] = left_out


def _named(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What names it, the best first."""
    found = [(_plain(key), value) for key, value in document.items() if _plain(key) in _NAMES]
    return sorted(found, key=lambda pair: _NAMES.index(pair[0]))


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if _plain(key) in _NESTED and isinstance(value, dict):
            yield from _flat(value)
        elif _plain(key) not in _NAMES:
            yield key, value


def _plain(key: str) -> str:
    """maxTokens, max-tokens and max_tokens are one word."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+", "_", key).lower()


def _field(key: str) -> str | None:
    word = _plain(key)
    return word if word in model_of(Kind.EXECUTION).own_fields() else WORDS.get(word)


def _brought(field: str, value: Any) -> Any:
    """In the shape the field takes, where the older system had another."""
    if field == "stop" and isinstance(value, str):
        return [value] if value else []
    if field == "reasoning_effort" and isinstance(value, dict) and set(value) == {"effort"}:
        return value["effort"]
    return value


def _settle_provider(
    older: Older, entry: Entry, providers: Mapping[str, str], known: Collection[str]
) -> None:
    said = entry.values.get("provider")
    if not isinstance(said, str):
        return  # not named, or the field's own error
    name = entry.values["provider"] = providers.get(said, said)
    if name and name not in known:
        text = f'There is no provider "{shown(name)}". {suggestion(shown(name), known)}'
        problem = entry.problem(f"{text} {_HINT.format(shown(said))}", "provider")
        older.problems.append(problem)
        del entry.values["provider"]
