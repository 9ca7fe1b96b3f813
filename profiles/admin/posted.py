"""The rungs that a browser sent, against those that are stored by now.

Somebody else's save may have deleted rungs that the form still has (REST replaces all of
them): what was typed for these comes as new rungs, after those that are still there.
"""

from collections.abc import Collection

from django.http import QueryDict

MOST_FORMS = 1000


def regrouped(data: QueryDict, prefix: str, stored: Collection[str]) -> QueryDict:
    """The data with rungs that are gone as new ones. `stored` are the ladder's rungs' ids."""
    counts = [data.get(f"{prefix}-{name}_FORMS", "") for name in ("TOTAL", "INITIAL")]
    if not all(c.isascii() and c.isdigit() and len(c) < 5 for c in counts):
        return data  # the management form says so
    total, initial = map(int, counts)
    if initial > total or total > MOST_FORMS:
        return data
    ids = [data.get(f"{prefix}-{at}-id", "") for at in range(total)]
    kept = [at for at in range(total) if ids[at] in stored]
    if kept == list(range(initial)):
        return data
    found = data.copy()
    for key in [key for key in found if key.startswith(f"{prefix}-") and _numbered(key, prefix)]:
        del found[key]
    rest = [at for at in range(total) if at not in kept]
    for to, at in enumerate([*kept, *rest]):
        for key in (k for k in data if k.startswith(f"{prefix}-{at}-")):
            name = key.removeprefix(f"{prefix}-{at}-")
            found.setlist(f"{prefix}-{to}-{name}", data.getlist(key))
        if at in rest:
            found[f"{prefix}-{to}-id"] = ""
    found[f"{prefix}-INITIAL_FORMS"] = str(len(kept))
    return found


def _numbered(key: str, prefix: str) -> bool:
    return key.removeprefix(f"{prefix}-").partition("-")[0].isdigit()
