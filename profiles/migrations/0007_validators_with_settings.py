"""A profile's validators may have settings: a list of names becomes one of names and objects."""

import profiles.execution.validators
from django.db import migrations, models

TABLES = ("profiles_executionprofile", "profiles_executionrevision")
THERE = "ALTER TABLE {0} ALTER COLUMN validators TYPE jsonb USING to_jsonb(validators)"
# Back again only while no validator has settings.
BACK = (
    "ALTER TABLE {0} ALTER COLUMN validators TYPE varchar(40)[] "
    "USING translate(validators::text, '[]', '{{}}')::varchar(40)[]"
)


class Migration(migrations.Migration):
    dependencies = [("profiles", "0006_sources_tell_nothing")]

    operations = [
        migrations.RunSQL(
            sql=[THERE.format(table) for table in TABLES],
            reverse_sql=[BACK.format(table) for table in TABLES],
            state_operations=[
                migrations.AlterField(
                    model_name=name,
                    name="validators",
                    field=models.JSONField(
                        blank=True,
                        default=list,
                        help_text="What an answer must pass; a ladder's rung can hand on those that do not.",
                        validators=[profiles.execution.validators.check],
                    ),
                )
                for name in ("executionprofile", "executionrevision")
            ],
        ),
    ]
