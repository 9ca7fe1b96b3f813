"""What was exported and imported is the same again, byte for byte, and importing twice is once."""

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles import parameters
from profiles.documents import rows
from profiles.documents.applying import Action, apply
from profiles.documents.reading import parse
from profiles.documents.rows import KINDS
from profiles.documents.writing import document
from profiles.kinds import Kind, model_of
from tests.profiles.making import OTHER_VALUES, ladder, named_rows, profile, provider

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
LINE = st.text(string.ascii_letters + ' "\\#[]=äöü', max_size=20)
TAKEN = ("live", "echo")
NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True).filter(lambda n: n not in TAKEN)
NUMBERS = {
    name: st.integers(int(low), int(high)) if name in parameters.WHOLE else st.floats(low, high)
    for name, (low, high) in parameters.RANGES.items()
}
STOPS = st.lists(TEXT.filter(bool), max_size=3)
EFFORTS = st.sampled_from(parameters.EFFORTS)
SETTINGS = NUMBERS | {"stop": STOPS, "reasoning_effort": EFFORTS}
COMMON = {"description": TEXT, "owner": LINE}
RUNG = st.fixed_dictionaries(
    {"provider": st.just("echo")},
    optional={
        "model": LINE,
        "parameters": st.fixed_dictionaries({}, optional=SETTINGS),
        "on_errors": st.lists(st.sampled_from(["timeout", "server", "quota"]), unique=True),
        "on_answers": st.lists(st.sampled_from(["empty", "length"]), unique=True),
    },
)
FIELDS: dict[str, dict[str, Any]] = {
    "execution": COMMON | SETTINGS | {"system_prompt": TEXT, "model": LINE, "task_class": LINE},
    "retrieval": COMMON | {"score_threshold": st.floats(0, 1), "include_undated": st.booleans()},
    "observer": COMMON | {"langfuse": st.booleans(), "ring_size": st.integers(1, 100_000)},
    "ladder": COMMON | {"deadline_secs": st.floats(0.1, 3600), "rungs": st.lists(RUNG, max_size=3)},
}
DRAWN = st.lists(
    st.sampled_from(sorted(FIELDS)).flatmap(
        lambda kind: st.tuples(
            st.just(kind), NAMES, st.fixed_dictionaries({}, optional=FIELDS[kind])
        )
    ),
    max_size=3,
    unique_by=lambda drawn: drawn[:2],
)

DOCUMENT = '''\
[execution.all]
temperature = 1
system_prompt = """
Be brief.
And kind."""

[execution.zed]

[retrieval.docs]
top_k = 30

[ladder.fast]

[[ladder.fast.rungs]]
provider = "echo"

[[ladder.fast.rungs]]
provider = "echo"
'''


@pytest.fixture
def echo(db: None) -> None:
    provider("echo")


def everything() -> str:
    return document(row for kind in KINDS for row in rows.all_of(kind))


def forget() -> None:
    for kind in ("execution", "retrieval", "memory", "observer", "ladder"):
        for row in rows.all_of(kind):
            rows.delete(row)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(DRAWN)
def test_an_export_comes_back_as_the_same_bytes(
    echo: None, drawn: list[tuple[str, str, Any]]
) -> None:
    for kind, name, values in drawn:
        rows.write(rows.new(kind, name), values)
    text = everything()
    forget()
    made = apply(parse(text, "x.toml"))
    assert {one.action for one in made} <= {Action.CREATED}
    assert everything() == text
    assert {one.action for one in apply(parse(text, "x.toml"))} <= {Action.UNCHANGED}
    forget()


def test_every_field_comes_back(db: None) -> None:
    named_rows()
    for kind in Kind.values:
        profile(kind, "x", **OTHER_VALUES[kind])
    before = [row.values for kind in Kind.values for row in model_of(kind).objects.all()]
    text = everything()
    forget()
    apply(parse(text, "x.toml"))
    assert [row.values for kind in Kind.values for row in model_of(kind).objects.all()] == before


def test_a_document_is_sorted_and_says_what_differs_from_the_defaults(echo: None) -> None:
    ladder("fast", "echo", "echo")
    profile("retrieval", "docs", top_k=30)
    profile("execution", "zed")
    profile("execution", "all", temperature=1, system_prompt="Be brief.\nAnd kind.")
    assert everything() == DOCUMENT
