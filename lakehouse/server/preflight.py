"""What must hold before a process serves: safe settings, a secret key, the right tables."""

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.utils import OperationalError

from lakehouse.gateway import rules_live
from lakehouse.server import safety, schema, text_search


def check(host: str, workers: int = 1, *, rules: bool = False) -> None:
    """Raises CommandError with everything that is wrong and what to do about it.

    `rules`: whether the process holds calls to the truth rules.
    """
    problems = [str(found) for found in (*safety.unsafe(host), *safety.uncounted(workers))]
    problems += map(str, rules_live.problems() if rules else ())
    if not safety.key():
        problems.append(
            "DJANGO_SECRET_KEY: there is no secret key. Set 50 or more random characters; or run "
            f"`manage.py up` once, which keeps one in {settings.SECRET_KEY_FILE}."
        )
    try:
        if mismatch := schema.mismatch():
            problems.append(mismatch)
        if unknown := text_search.problem():
            problems.append(unknown)
    except OperationalError as error:
        problems.append(f"The database cannot be reached: {error}".strip())
    finally:
        connection.close()
    if problems:
        raise CommandError("Refusing to start.\n- " + "\n- ".join(problems))
