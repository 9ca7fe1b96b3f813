"""The process in which schemas and patterns are applied: what takes too long ends it, not us.

Run by its file: its one argument is where `profiles` is. Each job is one line of JSON in, one
line out. A job that computes for longer than its seconds ends the process (SIGPROF's default).
"""

import json
import re
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

MOST_MEMORY = 1024**3
MOST = 50
LONGEST = 300
_ALIKE = "It is {0}, which the schema's {1} does not allow."


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for those who started us
    warnings.simplefilter("ignore")
    sys.path.insert(0, sys.argv[1])
    for line in sys.stdin.buffer:
        job = json.loads(line)
        _prepare(job)
        signal.setitimer(signal.ITIMER_PROF, job["secs"])
        answer = done(job)
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _prepare(job: dict[str, Any]) -> None:
    """Imports what the job will use: that takes long once, and is not the job's time.

    The grammar of IRIs alone takes a second, so it is read when a schema first has one.
    """
    if "schema" not in job["kind"]:
        return
    if "jsonschema" not in sys.modules:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # it is not to be found
        import jsonschema  # type: ignore[import-untyped]  # noqa: F401

        del sys.modules["rfc3987_syntax"]
    if '"iri' in job["rules"]:
        _know_iris()


@lru_cache(1)
def _know_iris() -> None:
    from jsonschema import Draft202012Validator
    from rfc3987_syntax import is_valid_syntax  # type: ignore[import-untyped]

    for name, rule in (("iri", "iri"), ("iri-reference", "iri_reference")):

        def fits(value: object, rule: str = rule) -> bool:
            return not isinstance(value, str) or bool(is_valid_syntax(rule, value))

        Draft202012Validator.FORMAT_CHECKER.checks(name)(fits)


def done(job: dict[str, Any]) -> dict[str, Any]:
    """`found`, or a `problem`: why there is no telling."""
    try:
        return _JOBS[job["kind"]](job["rules"], job["text"])
    except (MemoryError, RecursionError):
        return {"problem": "It cannot be checked: that takes too much memory."}
    except Exception as error:
        return {"problem": f"It cannot be checked ({type(error).__name__})."}


# --- patterns ---


def _check_regex(rules: str, text: str) -> dict[str, Any]:
    from profiles.execution.apart.schemas import pattern_problem

    return {"problem": next(filter(None, map(pattern_problem, json.loads(rules))), "")}


def _regex(rules: str, text: str) -> dict[str, Any]:
    checked = _check_regex(rules, text)
    if checked["problem"]:
        return checked
    return {"found": [re.search(pattern, text) is not None for pattern in json.loads(rules)]}


# --- schemas ---


@lru_cache(64)
def _schema(rules: str) -> tuple[Any, str]:
    """The validator, or what is wrong with the schema."""
    from jsonschema import Draft202012Validator
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    from profiles.execution.apart.schemas import problem

    schema = json.loads(rules)
    if found := problem(schema):
        return None, found
    # With a registry of ours nothing is ever fetched.
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(schema, registry=REGISTRY, format_checker=checker), ""


def _check_json_schema(rules: str, text: str) -> dict[str, Any]:
    return {"problem": _schema(rules)[1]}


def _json_schema(rules: str, text: str) -> dict[str, Any]:
    from referencing.exceptions import Unresolvable

    validator, problem = _schema(rules)
    if problem:
        return {"problem": problem}
    try:
        errors = list(islice(validator.iter_errors(json.loads(text)), MOST))
    except Unresolvable as error:
        return {"problem": f"The schema points to {str(error.ref)[:60]}, which it does not have."}
    return {"found": [_told(error) for error in errors]}


def _told(error: Any) -> tuple[str, list[Any], str]:
    """Keyword, path and words of our own: the library's repeat the value."""
    return str(error.validator), list(error.absolute_path), _message(error)[:LONGEST]


def _message(error: Any) -> str:
    keyword, wanted, value = error.validator, error.validator_value, error.instance
    match keyword:
        case "required":
            absent = (name for name in wanted if name not in value)
            return f"{_names(_one(absent, error))} is missing."
        case "type":
            kinds = wanted if isinstance(wanted, str) else " or ".join(map(str, wanted))
            return f"It is {_kind(value)}, not {kinds}."
        case "enum":
            return f"It is none of {_short(wanted)}."
        case "const":
            return f"It is not {_short(wanted)}."
        case "format":
            return f"It is no {wanted}."
        case "additionalProperties" | "unevaluatedProperties" if isinstance(value, dict):
            known = error.schema.get("properties", {})
            more = [name for name in value if name not in known]
            return f"It has what the schema does not know: {_names(more)}."
        case "anyOf" | "oneOf" | "allOf" if error.context:
            return _nearest(error)
        case None:
            return "The schema allows nothing here."
    return _ALIKE.format(_kind(value), f"{keyword} {_short(wanted)}")


def _one(absent: Iterator[str], error: Any) -> list[str]:
    """The name that this error is about: there is an error for each."""
    return [name for name in absent if repr(name) in error.message] or ["A property"]


def _nearest(error: Any) -> str:
    # Of another type altogether is the farthest; else the one that got deepest is the nearest.
    def distance(leaf: Any) -> tuple[bool, int]:
        steps = len(leaf.relative_path)
        return leaf.validator == "type" and not steps, -steps

    leaf = min(error.context, key=distance)
    steps = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in leaf.absolute_path)
    return f"It fits none of {error.validator}'s; the nearest says at ${steps}: {_message(leaf)}"


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number"
        case str():
            return f"a string of {len(value)} characters"
        case list():
            return f"an array of {len(value)} items"
    return f"an object of {len(value)} properties"


def _names(names: list[str]) -> str:
    return ", ".join(f'"{name[:60]}"' for name in names[:5]) + (", …" if len(names) > 5 else "")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:119]}…"


_JOBS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "regex": _regex,
    "check_regex": _check_regex,
    "check_json_schema": _check_json_schema,
    "json_schema": _json_schema,
}

if __name__ == "__main__":
    main()
