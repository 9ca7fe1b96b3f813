"""Playbooks: what their documents said when reviewed, one a call, titles that no index compares.

A title that is taken must not tell of a playbook above the writer's clearance, so that it is
unique among those he may see: `profiles.memory.writing` looks.
"""

import django.contrib.postgres.fields
import profiles.checks
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0003_knowledge")]

    operations = [
        migrations.AlterModelOptions(name="playbook", options={"ordering": ["title", "id"]}),
        migrations.AddField(
            model_name="playbook",
            name="seen",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="from_call",
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="owner",
            field=models.CharField(
                blank=True,
                help_text="The person or team to ask about it.",
                max_length=100,
                validators=[profiles.checks.plain, profiles.checks.one_line],
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    max_length=50,
                    validators=[profiles.checks.plain, profiles.checks.one_line],
                ),
                blank=True,
                default=list,
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="title",
            field=models.CharField(
                db_index=True,
                max_length=200,
                validators=[profiles.checks.plain, profiles.checks.one_line],
            ),
        ),
    ]
