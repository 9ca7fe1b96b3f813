"""`python -m tests.bench.retrieval [--folder F | --chunks N] [--json]`.

Without --chunks: how well passages are found, on the collection in a folder (Cranfield's
or BEIR's files) or on the project's own small one. With --chunks: how fast among so many.
The database is an embedded PostgreSQL of its own, in a temporary folder.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.retrieval import collections
from tests.bench.retrieval.house import house


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.retrieval", description=__doc__)
    parser.add_argument("--folder", type=Path, default=collections.OWN)
    parser.add_argument("--chunks", type=int, help="measure speed among so many")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    collection = None if arguments.chunks else collections.read(arguments.folder)
    with tempfile.TemporaryDirectory(prefix="lh") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with house(folder):
            if collection is None:
                from tests.bench.retrieval import speed

                rows = speed.rows_of(arguments.chunks)
            else:
                from tests.bench.retrieval import quality

                rows = quality.rows_of(collection)
    if arguments.json:
        sys.stdout.write(json.dumps({name: value for name, value, _ in rows}) + "\n")
        return
    table = Table("What", "Measured", "Aim")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
