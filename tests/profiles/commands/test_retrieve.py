"""`manage.py retrieve`: a search in a shell."""

import pytest

from tests.profiles import making
from tests.profiles.commands.shell import found, refused, said
from tests.profiles.retrieval.library import count, shelve

pytestmark = pytest.mark.django_db


def test_it_shows_passages_and_the_trace() -> None:
    shelve("The pump stops [when] it is full.", "pump " * 100, title="Manual")
    count()
    shown = said("retrieve", "pump", "--top", "1")
    assert "lexical, by the defaults, up to internal" in shown
    assert "Manual #0" in shown
    assert "rerank_top_k" in shown


def test_json_has_all_of_it() -> None:
    document = shelve("The pump stops [when] it is full.", title="Manual")
    count()
    answer = found("retrieve", "pump")
    assert answer["found"]["passages"][0]["document"] == str(document.pk)
    assert answer["limit"] == "internal"


def test_it_looks_with_the_eyes_of_a_clearance_and_a_provider() -> None:
    making.activated(making.profile("retrieval", "docs", sensitivity_gate="restricted"))
    making.provider("echo", clearance="internal")
    shelve("pump", label="confidential")
    count()
    assert len(found("retrieve", "pump")["found"]["trace"]) == 1
    assert found("retrieve", "pump", "--clearance", "internal")["found"]["trace"] == []
    assert found("retrieve", "pump", "--provider", "echo")["found"]["trace"] == []
    assert "Nothing was found." in said("retrieve", "pump", "--provider", "echo")


def test_what_does_not_exist_is_told_with_what_does() -> None:
    making.activated(making.profile("retrieval", "docs"))
    told = refused("retrieve", "pump", "--profile", "dosc")
    assert told == 'profile: No retrieval profile "dosc" was ever activated. Did you mean "docs"?'
    assert "no provider" in refused("retrieve", "pump", "--provider", "absent")
    assert "--top" in refused("retrieve", "pump", "--top", "0")
