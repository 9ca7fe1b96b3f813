"""Profiles and ladders as TOML documents: they can live in git, and come back from it."""
