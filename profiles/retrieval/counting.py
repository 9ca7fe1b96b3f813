"""How many chunks there are, and in how many each lexeme stands: per label's rank.

A search weighs words by these. They are kept per rank so that nothing above a caller's
limit is counted for them.
"""

from django.db import connection, transaction

from profiles.retrieval import job
from profiles.retrieval.document import Chunk

SMALL = 2000  # chunks that are counted at once, in some hundredths of a second
SOON_SECS = 5
STATEMENT_TIMEOUT = "10min"
_LOCK = 0x6C616B65_00000001  # ours alone among the database's advisory locks


def soon() -> None:
    """After ingestion, deletion or relabelling: counts at once, or by a job where that is long."""
    if Chunk.objects.order_by()[: SMALL + 1].count() <= SMALL:
        recount()
    else:
        job.recount(in_secs=SOON_SECS)


def recount() -> None:
    """Brings Lexeme and Corpus up to date with the chunks; writes only what differs."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        cursor.execute(f"SET LOCAL lock_timeout = '{STATEMENT_TIMEOUT}'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_LEXEMES)
        cursor.execute(_CORPUS)
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")


def look_after() -> bool:
    """Recounts where the counted differs from what is there, however it came; True if it did."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERS)
        differs = bool(cursor.fetchone()[0])
    if differs:
        recount()
    return differs


_LEXEMES = """
    WITH counted AS MATERIALIZED (
        SELECT word AS lexeme, label_rank, ndoc AS chunks
        FROM generate_series(0, 3) AS label_rank, LATERAL ts_stat(
            'SELECT words FROM profiles_chunk WHERE label_rank = ' || label_rank
        )
    ), gone AS (
        DELETE FROM profiles_lexeme old WHERE NOT EXISTS (
            SELECT FROM counted new
            WHERE new.lexeme = old.lexeme AND new.label_rank = old.label_rank
        )
    )
    INSERT INTO profiles_lexeme AS old (lexeme, label_rank, chunks)
    SELECT lexeme, label_rank, chunks FROM counted
    ON CONFLICT (lexeme, label_rank) DO UPDATE SET chunks = EXCLUDED.chunks
    WHERE old.chunks <> EXCLUDED.chunks
"""
_COUNTED = """
    SELECT label_rank, count(*) AS chunks, sum(length) AS length
    FROM profiles_chunk GROUP BY label_rank
"""
_CORPUS = f"""
    WITH counted AS MATERIALIZED ({_COUNTED}), gone AS (
        DELETE FROM profiles_corpus WHERE label_rank NOT IN (SELECT label_rank FROM counted)
    )
    INSERT INTO profiles_corpus AS old (label_rank, chunks, length)
    SELECT label_rank, chunks, length FROM counted
    ON CONFLICT (label_rank) DO UPDATE SET chunks = EXCLUDED.chunks, length = EXCLUDED.length
    WHERE (old.chunks, old.length) IS DISTINCT FROM (EXCLUDED.chunks, EXCLUDED.length)
"""  # noqa: S608
_DIFFERS = f"""
    SELECT EXISTS (
        SELECT FROM ({_COUNTED}) counted FULL JOIN profiles_corpus old USING (label_rank)
        WHERE (counted.chunks, counted.length) IS DISTINCT FROM (old.chunks, old.length)
    )
"""  # noqa: S608
