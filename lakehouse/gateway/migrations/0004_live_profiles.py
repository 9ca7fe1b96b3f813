"""Profiles and ladders move the generation of live configuration too (see 0002)."""

from importlib import import_module

from django.db import migrations

watched = import_module("lakehouse.gateway.migrations.0002_live_generation").watched
TABLES = (
    "profiles_executionprofile",
    "profiles_retrievalprofile",
    "profiles_memoryprofile",
    "profiles_observerprofile",
    "profiles_ladder",
    "profiles_rung",
)


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0003_key_profile"),
        ("profiles", "0002_anchors_and_guards"),
    ]
    operations = [watched(table) for table in TABLES]
