#!/usr/bin/env python3
"""Lakehouse's one command line: `python manage.py help`."""

import gc
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lakehouse.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        set_up()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Lakehouse cannot start: {error}")


def set_up() -> None:
    """Django, its apps and models: a start makes nothing to collect, and looking costs a sixth."""
    gc.disable()
    import django

    django.setup()
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    main()
