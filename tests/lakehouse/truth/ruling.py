"""Rules for tests, from their text."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.truth.loading import load
from lakehouse.truth.rule import Rule, Ruleset

SHIPPED = Path(__file__).parents[3] / "truth"


def rules(text: str) -> Ruleset:
    with TemporaryDirectory() as folder:
        (Path(folder) / "rules.toml").write_text(text)
        return load(Path(folder), FIELDS, "truth")


def table(condition: str, action: str = '"Pass"', name: str = "a", task_class: str = "*") -> str:
    return (
        f'[[rule]]\nid = "{name}"\ntask_class = "{task_class}"\ndescription = "For a test"\n'
        f"condition = {condition}\naction = {action}\n"
    )


def rule(condition: str, action: str = '"Pass"') -> Rule:
    (made,) = rules(table(condition, action)).rules
    return made


def said(text: Any) -> dict[str, Any]:
    """A request in which the user says this."""
    return {"messages": [{"role": "user", "content": text}]}
