"""What is wrong with rule files: every fault, each with its file, line and rule."""

from collections.abc import Sequence

from providers.toml_text import Problem


class RulesError(Exception):
    """The files cannot be used; `problems` has everything that is wrong with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class Undecided(Exception):
    """A rule could not be decided on what it was given; says why, without quoting it."""


class Stuck(Exception):
    """What a rule takes out stands where nothing can be put in its place; says where."""


__all__ = ["Problem", "RulesError", "Stuck", "Undecided"]
