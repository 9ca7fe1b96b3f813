"""Judged collections from a folder: BEIR's files, or Cranfield's."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

OWN = Path(__file__).parents[1] / "collection"


class Collection(NamedTuple):
    """Documents as (title, text), queries, and how relevant a document is to a query, by id."""

    documents: dict[str, tuple[str, str]]
    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]


def read(folder: Path) -> Collection:
    """Raises SystemExit for a folder that holds neither."""
    if (folder / "corpus.jsonl").exists():
        return _beir(folder)
    if (folder / "cran.all.1400").exists():
        return _cranfield(folder)
    raise SystemExit(
        f"{folder} holds no collection. Give a folder with cran.all.1400, cran.qry and cranqrel, "
        "or one with corpus.jsonl, queries.jsonl and qrels/*.tsv."
    )


def _beir(folder: Path) -> Collection:
    rows, asked = _lines(folder / "corpus.jsonl"), _lines(folder / "queries.jsonl")
    tables = sorted((folder / "qrels").glob("*.tsv"))
    table = folder / "qrels" / "test.tsv"
    judgements: dict[str, dict[str, int]] = {}
    for line in (table if table in tables else tables[0]).read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            judgements.setdefault(query, {})[document] = int(score)
    return Collection(
        {row["_id"]: (row.get("title") or "", row["text"]) for row in rows},
        {row["_id"]: row["text"] for row in asked if row["_id"] in judgements},
        judgements,
    )


def _lines(path: Path) -> list[Any]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _cranfield(folder: Path) -> Collection:
    """Its queries are judged by their place in the file, and 1 is the most relevant of 1 to 4."""
    documents = {
        number: (fields.get("T", ""), fields.get("W", ""))
        for number, fields in _records(folder / "cran.all.1400")
    }
    asked = [fields.get("W", "") for _, fields in _records(folder / "cran.qry")]
    judgements: dict[str, dict[str, int]] = {}
    for line in (folder / "cranqrel").read_text().splitlines():
        query, document, score = line.split()[:3]
        if 1 <= int(score) <= 4 and document in documents:
            judgements.setdefault(query, {})[document] = 5 - int(score)
    numbered = {str(place): text for place, text in enumerate(asked, start=1)}
    return Collection(
        documents, {q: text for q, text in numbered.items() if q in judgements}, judgements
    )


def _records(path: Path) -> list[tuple[str, dict[str, str]]]:
    """`.I 7` begins a record, `.T`, `.W` and others a field."""
    found = []
    text = path.read_text(encoding="latin-1")
    for part in re.split(r"^\.I +", text, flags=re.MULTILINE)[1:]:
        number, _, rest = part.partition("\n")
        pieces = re.split(r"^\.([A-Z])\s*$", rest, flags=re.MULTILINE)
        fields = {n: " ".join(v.split()) for n, v in zip(pieces[1::2], pieces[2::2], strict=True)}
        found.append((number.strip(), fields))
    return found
