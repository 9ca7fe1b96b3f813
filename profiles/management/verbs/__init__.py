"""The verbs of `manage.py profiles`, a module each: its HELP, its arguments, and how it is run."""
