"""The vector ranking, exact and by its index, and how it is fused with the lexical one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from profiles.models import Chunk
from profiles.retrieval import vector
from profiles.retrieval.fusing import fused
from profiles.retrieval.passages import Query
from profiles.retrieval.policy import Retrieval
from tests.profiles.retrieval.library import count, find, shelve, space, texts

pytestmark = pytest.mark.django_db

PROFILE = Retrieval("docs", 1)


def test_a_passage_without_a_word_of_the_query_is_found_by_its_vector() -> None:
    near = space()
    shelve("automobile", "banana", space=near, vectors=[[1, 0], [0, 1]])
    count()
    found = find(Query("car", 0, vector=[0.9, 0.1], space=near.pk))
    assert (texts(found), found.mode) == (["automobile", "banana"], "hybrid")
    assert found.passages[0].score == 0.5


def test_first_in_both_rankings_is_one() -> None:
    near = space()
    shelve("car", "banana", space=near, vectors=[[1, 0], [0, 1]])
    count()
    found = find(Query("car", 0, vector=[1.0, 0.0], space=near.pk))
    assert (found.passages[0].text, found.passages[0].score) == ("car", 1.0)


def test_vectors_of_another_space_are_not_compared() -> None:
    ours, others = space(), space(3)
    shelve("car", space=others, vectors=[[1, 0, 0]])
    shelve("van", space=ours, vectors=[[1, 0]])
    count()
    assert texts(find(Query("x1", 0, vector=[1.0, 0.0], space=ours.pk))) == ["van"]


def test_the_index_is_used_and_walked_until_enough_pass_the_gate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near = space()
    around = [[1.0, n / 100] for n in range(300)]
    shelve(*["secret"] * 300, label="restricted", space=near, vectors=around)
    shelve(*["open"] * 5, space=near, vectors=[[1.0, 9.0 + n] for n in range(5)])
    count()
    monkeypatch.setattr(vector, "EXACT", 1)
    monkeypatch.setattr(vector, "WIDTH", 10)
    query = Query("x", 0, vector=[1.0, 0.0], space=near.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; CREATE INDEX near ON profiles_chunk USING hnsw "
            "((embedding::halfvec(2)) halfvec_cosine_ops) "
            f"WHERE space_id = {near.pk}; SET LOCAL enable_sort = off"
        )
    with CaptureQueriesContext(connection) as asked:
        found = vector.ranking(query, PROFILE, 5)
    opened = Chunk.objects.filter(text="open").order_by("position")
    assert [pk for pk, _ in found] == [chunk.pk for chunk in opened]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + asked[-1]["sql"].replace("%", "%%"))
        assert "Index Scan using near" in str(cursor.fetchall())


def test_a_vector_without_direction_is_no_neighbour() -> None:
    near = space()
    shelve("nothing", "car", space=near, vectors=[[0, 0], [1, 0]])
    count()
    assert texts(find(Query("x1", 0, vector=[1.0, 0.0], space=near.pk))) == ["car"]


def test_ranks_are_fused_by_their_reciprocals() -> None:
    found = fused({"lexical": [(1, 9.0), (2, 8.0)], "vector": [(3, 0.9), (2, 0.8)]})
    assert [pk for pk, _ in found] == [2, 1, 3]
    assert dict(found)[2] == pytest.approx(61 / 62)
    assert dict(found)[1] == pytest.approx(1 / 2)
