"""Documents and chunks, sessions, playbooks, feedback.

A chunk's `label_rank` and `dated` are its document's, kept by triggers so that relabelling
takes effect in the moment it commits, whoever writes: searches look at chunks alone.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from pgvector.django import VectorExtension
import pgvector.django.halfvec
import profiles.checks
import uuid
from django.db import migrations, models

LABELS = """
CREATE FUNCTION profiles_label_rank(label text) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT (coalesce(array_position(
        ARRAY['public', 'internal', 'confidential', 'restricted'], label), 4) - 1)::smallint
$$;
CREATE FUNCTION profiles_chunk_is_as_its_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT profiles_label_rank(label), dated INTO NEW.label_rank, NEW.dated
        FROM profiles_document WHERE id = NEW.document_id FOR SHARE;
    RETURN NEW;
END $$;
CREATE TRIGGER chunk_is_as_its_document BEFORE INSERT OR UPDATE OF document_id, label_rank, dated
    ON profiles_chunk FOR EACH ROW EXECUTE FUNCTION profiles_chunk_is_as_its_document();
CREATE FUNCTION profiles_document_changes_its_chunks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE profiles_chunk SET label_rank = profiles_label_rank(NEW.label), dated = NEW.dated
        WHERE document_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER document_changes_its_chunks AFTER UPDATE ON profiles_document FOR EACH ROW
    WHEN (OLD.label IS DISTINCT FROM NEW.label OR OLD.dated IS DISTINCT FROM NEW.dated)
    EXECUTE FUNCTION profiles_document_changes_its_chunks();
"""
NO_LABELS = """
DROP TRIGGER document_changes_its_chunks ON profiles_document;
DROP FUNCTION profiles_document_changes_its_chunks();
DROP TRIGGER chunk_is_as_its_document ON profiles_chunk;
DROP FUNCTION profiles_chunk_is_as_its_document();
DROP FUNCTION profiles_label_rank(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0002_anchors_and_guards"),
    ]

    operations = [
        VectorExtension(),
        migrations.CreateModel(
            name="Corpus",
            fields=[
                ("label_rank", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("chunks", models.PositiveIntegerField()),
                ("length", models.PositiveBigIntegerField()),
            ],
            options={
                "verbose_name_plural": "corpus",
            },
        ),
        migrations.CreateModel(
            name="Lexeme",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "lexeme",
                        "label_rank",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("lexeme", models.TextField()),
                ("label_rank", models.PositiveSmallIntegerField()),
                ("chunks", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        max_length=300, validators=[profiles.checks.plain, profiles.checks.one_line]
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True,
                        help_text="Where it comes from: a path or an address. The same source again replaces it.",
                        max_length=1000,
                        validators=[profiles.checks.plain, profiles.checks.one_line],
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("public", "Public"),
                            ("internal", "Internal"),
                            ("confidential", "Confidential"),
                            ("restricted", "Restricted"),
                        ],
                        db_index=True,
                        default="",
                        help_text="Who and whose provider may see it. Empty counts as restricted.",
                        max_length=12,
                    ),
                ),
                (
                    "dated",
                    models.DateField(
                        blank=True,
                        help_text="The document's own date, for freshness and staleness.",
                        null=True,
                    ),
                ),
                (
                    "owner",
                    models.CharField(
                        blank=True, help_text="The person or team to ask about it", max_length=100
                    ),
                ),
                (
                    "media_type",
                    models.CharField(
                        choices=[
                            ("text/plain", "text"),
                            ("text/markdown", "Markdown"),
                            ("text/html", "HTML"),
                            ("application/json", "JSON"),
                            ("application/pdf", "PDF"),
                        ],
                        default="text/plain",
                        editable=False,
                        max_length=40,
                    ),
                ),
                ("raw", models.BinaryField(null=True)),
                ("text", models.TextField(default="", editable=False)),
                (
                    "content_hash",
                    models.CharField(editable=False, help_text="sha-256 of raw", max_length=64),
                ),
                ("ingested_hash", models.CharField(default="", editable=False, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "pending"), ("ready", "ready"), ("failed", "failed")],
                        db_index=True,
                        default="pending",
                        editable=False,
                        max_length=7,
                    ),
                ),
                (
                    "problem",
                    models.TextField(default="", editable=False, help_text="Why it failed."),
                ),
                ("chunk_count", models.PositiveIntegerField(default=0, editable=False)),
                ("helpful", models.PositiveIntegerField(default=0, editable=False)),
                ("harmful", models.PositiveIntegerField(default=0, editable=False)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("updated", models.DateTimeField(auto_now=True)),
                ("ingested_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "ordering": ["-created", "id"],
                "permissions": [
                    ("see_internal", "Can see internal content"),
                    ("see_confidential", "Can see confidential content"),
                    ("see_restricted", "Can see restricted content"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        fields=("source",),
                        name="one_document_a_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("label__in", ["", "public", "internal", "confidential", "restricted"])
                        ),
                        name="document_label_is_a_known_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Playbook",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        max_length=200,
                        unique=True,
                        validators=[profiles.checks.plain, profiles.checks.one_line],
                    ),
                ),
                (
                    "task",
                    models.TextField(
                        help_text="What it is for, as people would ask it.",
                        validators=[
                            profiles.checks.plain,
                            django.core.validators.MaxLengthValidator(20000),
                        ],
                    ),
                ),
                (
                    "steps",
                    models.TextField(
                        help_text="What worked, step by step.",
                        validators=[
                            profiles.checks.plain,
                            django.core.validators.MaxLengthValidator(50000),
                        ],
                    ),
                ),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=50),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("public", "Public"),
                            ("internal", "Internal"),
                            ("confidential", "Confidential"),
                            ("restricted", "Restricted"),
                        ],
                        db_index=True,
                        default="",
                        help_text="Who and whose provider may see it. Empty counts as restricted.",
                        max_length=12,
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("active", "active"),
                            ("stale", "stale"),
                            ("retired", "retired"),
                            ("pinned", "pinned"),
                        ],
                        db_index=True,
                        default="draft",
                        max_length=7,
                    ),
                ),
                ("state_reason", models.TextField(default="", editable=False)),
                ("helpful", models.PositiveIntegerField(default=0, editable=False)),
                ("harmful", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "words",
                    django.contrib.postgres.search.SearchVectorField(editable=False, null=True),
                ),
                ("embedding", pgvector.django.halfvec.HalfVectorField(editable=False, null=True)),
                ("from_call", models.UUIDField(editable=False, null=True)),
                (
                    "reviewed",
                    models.DateTimeField(
                        auto_now_add=True, help_text="When a person last wrote or approved it."
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("updated", models.DateTimeField(auto_now=True)),
                (
                    "documents",
                    models.ManyToManyField(
                        blank=True, related_name="playbooks", to="profiles.document"
                    ),
                ),
            ],
            options={
                "ordering": ["title"],
            },
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("call_id", models.UUIDField(unique=True)),
                ("key_id", models.BigIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[("helpful", "helpful"), ("harmful", "harmful")], max_length=7
                    ),
                ),
                ("note", models.TextField(default="")),
                (
                    "documents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("updated", models.DateTimeField(auto_now=True)),
                (
                    "playbooks",
                    models.ManyToManyField(related_name="feedback", to="profiles.playbook"),
                ),
            ],
            options={
                "verbose_name_plural": "feedback",
                "ordering": ["-updated", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PlaybookEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("before", models.CharField(max_length=7)),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("active", "active"),
                            ("stale", "stale"),
                            ("retired", "retired"),
                            ("pinned", "pinned"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        default="", help_text="Empty: Lakehouse itself.", max_length=150
                    ),
                ),
                ("via", models.CharField(default="", max_length=10)),
                ("reason", models.TextField(default="")),
                ("helpful", models.PositiveIntegerField(default=0)),
                ("harmful", models.PositiveIntegerField(default=0)),
                (
                    "playbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="profiles.playbook",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_id", models.BigIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("used", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
            options={
                "ordering": ["-used", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key_id", "name"), name="one_session_a_key_and_name"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Space",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=63)),
                ("model", models.CharField(max_length=300)),
                ("dimensions", models.PositiveIntegerField()),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "model", "dimensions"),
                        name="one_space_a_provider_model_and_size",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="playbook",
            name="space",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="profiles.space",
            ),
        ),
        migrations.CreateModel(
            name="Chunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("heading", models.CharField(default="", max_length=300)),
                ("text", models.TextField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                ("length", models.PositiveIntegerField()),
                ("label_rank", models.PositiveSmallIntegerField(default=3)),
                ("dated", models.DateField(null=True)),
                ("embedding", pgvector.django.halfvec.HalfVectorField(null=True)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="profiles.document",
                    ),
                ),
                (
                    "space",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="profiles.space",
                    ),
                ),
            ],
            options={
                "ordering": ["document", "position"],
            },
        ),
        migrations.CreateModel(
            name="SessionTurn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("call_id", models.UUIDField()),
                ("messages", models.JSONField()),
                ("tokens", models.PositiveIntegerField(help_text="Estimated.")),
                ("label_rank", models.PositiveSmallIntegerField(default=0)),
                ("model", models.CharField(default="", max_length=300)),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="turns",
                        to="profiles.session",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["call_id"], name="turn_of_a_call")],
            },
        ),
        migrations.AddConstraint(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("label__in", ["", "public", "internal", "confidential", "restricted"])
                ),
                name="playbook_label_is_a_known_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "active", "stale", "retired", "pinned"])
                ),
                name="playbook_state_is_a_known_one",
            ),
        ),
        migrations.AddIndex(
            model_name="chunk",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="chunk_words"),
        ),
        migrations.AddConstraint(
            model_name="chunk",
            constraint=models.UniqueConstraint(
                fields=("document", "position"), name="chunk_position_is_unique_in_its_document"
            ),
        ),
        migrations.AddConstraint(
            model_name="chunk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("embedding__isnull", True), ("space__isnull", True)),
                    models.Q(("embedding__isnull", False), ("space__isnull", False)),
                    _connector="OR",
                ),
                name="chunk_has_an_embedding_and_its_space_or_neither",
            ),
        ),
        migrations.RunSQL(LABELS, NO_LABELS),
    ]
