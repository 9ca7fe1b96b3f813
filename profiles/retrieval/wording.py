"""A chunk's words, as PostgreSQL's full text search has them: the title's, heading's and text's."""

from django.conf import settings
from django.db import connection

from profiles.retrieval.document import Document


def words_of(title: str, heading: str, text: str) -> str:
    """SQL for the tsvector of three SQL expressions; its one parameter is `config()`."""
    return f"to_tsvector(%s::regconfig, concat_ws(E'\\n', {title}, {heading}, {text}))"


def length_of(words: str) -> str:
    """SQL for the number of positions of a tsvector."""
    return f"(SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest({words}))"  # noqa: S608


def config() -> str:
    """PostgreSQL's text search configuration, by name."""
    name: str = settings.LAKEHOUSE_TEXT_SEARCH
    return name


def reword(document: Document) -> None:
    """Its chunks' words anew, after its title changed; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_REWORD, [config(), document.title, document.pk])


_REWORD = f"""
    UPDATE profiles_chunk chunk SET words = made.words, length = {length_of("made.words")}
    FROM (
        SELECT id, {words_of("%s::text", "heading", "text")} AS words
        FROM profiles_chunk WHERE document_id = %s OFFSET 0
    ) made WHERE chunk.id = made.id
"""  # noqa: S608
