"""A search as people try it is the search that a call would make."""

import pytest

from profiles.looking import Asked, look
from profiles.models import MemoryProfile
from tests.profiles.making import activated
from tests.profiles.memory.knowing import playbook
from tests.profiles.retrieval.library import count, shelve

pytestmark = pytest.mark.django_db


def test_documents_that_a_recalled_playbook_cites_are_lifted() -> None:
    shelve("pump pump pump")
    cited = shelve("pump and something else besides")
    count()
    playbook("Pumps", "pump", cited)
    asked = Asked("pump", "public", lambda _name: True)
    plain = look(asked)
    activated(MemoryProfile.objects.create(name="m"))
    lifted = look(asked)
    assert [p.document == cited.pk for p in plain.found.passages] == [False, True]
    assert [p.document == cited.pk for p in lifted.found.passages] == [True, False]
