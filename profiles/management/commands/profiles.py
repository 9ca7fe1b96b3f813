"""`manage.py profiles VERB`: profiles and ladders, from list to import."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from profiles.management.verbs import (
    compare,
    create,
    delete,
    export,
    imports,
    listing,
    set_fields,
    show,
)

VERBS = {
    "list": listing,
    "show": show,
    "create": create,
    "set": set_fields,
    "delete": delete,
    "diff": compare,
    "export": export,
    "import": imports,
}


class Command(BaseCommand):
    help = (
        "List, show, make, change, delete, compare, export and import profiles and ladders. KIND "
        "is execution, retrieval, memory, observer or ladder. A changed profile is a draft until "
        "activate_profile; a changed ladder is in force at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        for name, verb in VERBS.items():
            verb.add_arguments(verbs.add_parser(name, help=verb.HELP, description=verb.HELP))

    def handle(self, *args: Any, **options: Any) -> None:
        VERBS[options["verb"]].run(self, options)
