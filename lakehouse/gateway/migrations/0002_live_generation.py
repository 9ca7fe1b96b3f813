"""A generation that every change to live configuration moves, however it was made.

Statement triggers, so that bulk updates and raw SQL count too; NOTIFY reaches the
listeners when the change commits, and the row stands behind it for those that poll.
"""

from django.db import migrations

TABLES = ("providers_provider", "providers_listing", "gateway_apikey")

CREATE = """
CREATE TABLE lakehouse_generation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    n bigint NOT NULL
);
INSERT INTO lakehouse_generation (n) VALUES (1);
CREATE FUNCTION lakehouse_live_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lakehouse_generation SET n = n + 1;
    NOTIFY lakehouse_live;
    RETURN NULL;
END $$;
"""
DROP = "DROP FUNCTION lakehouse_live_changed(); DROP TABLE lakehouse_generation;"


def watched(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER live_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION lakehouse_live_changed()",
        f"DROP TRIGGER live_changed ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_initial"), ("providers", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP), *(watched(table) for table in TABLES)]
