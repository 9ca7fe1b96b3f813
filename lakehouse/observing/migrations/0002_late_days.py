"""Which finished days a call came to late, noted by the database whoever writes it.

Statement triggers: a batch of the recorder's, whose calls are today's, costs one look over
it. A running call notes nothing, since no rollup counts it before it ends.
"""

from django.db import migrations, models

NOTING = """
CREATE FUNCTION observing_note_late_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO observing_lateday (day)
    SELECT DISTINCT (started_at AT TIME ZONE 'UTC')::date FROM written
    WHERE outcome <> 'running' AND started_at < date_trunc('day', now(), 'UTC');
    RETURN NULL;
END $$;
CREATE TRIGGER late_days_of_new_calls AFTER INSERT ON gateway_call
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION observing_note_late_days();
CREATE TRIGGER late_days_of_changed_calls AFTER UPDATE ON gateway_call
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION observing_note_late_days();
"""
NO_NOTING = """
DROP TRIGGER late_days_of_changed_calls ON gateway_call;
DROP TRIGGER late_days_of_new_calls ON gateway_call;
DROP FUNCTION observing_note_late_days();
"""
ONE_A_DAY = "one_rollup_a_day_key_provider_model_and_profile"
GROUP = ("day", "key_id", "provider", "model", "profile", "forgotten")


class Migration(migrations.Migration):
    dependencies = [("observing", "0001_initial"), ("gateway", "0007_observed")]

    operations = [
        migrations.CreateModel(
            name="LateDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(db_index=True)),
            ],
        ),
        migrations.AddField(
            model_name="rollup",
            name="forgotten",
            field=models.BooleanField(default=False, help_text="Its calls are deleted since."),
        ),
        migrations.RemoveConstraint(model_name="rollup", name=ONE_A_DAY),
        migrations.AddConstraint(
            model_name="rollup",
            constraint=models.UniqueConstraint(fields=GROUP, name=ONE_A_DAY),
        ),
        migrations.AlterModelOptions(
            name="rollup",
            options={
                "ordering": ["-day", "key_id", "provider", "model", "profile"],
                "verbose_name": "usage",
                "verbose_name_plural": "usage",
            },
        ),
        migrations.RunSQL(NOTING, NO_NOTING),
    ]
