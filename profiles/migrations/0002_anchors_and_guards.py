"""An anchor for each kind, and what keeps rows true whoever writes: no terms-gated provider
gets on a ladder, names stay, and what is live is there.

A rung locks its provider's row (FOR SHARE), so that of a rung and a switched-off
`unattended` at the same moment, whichever is second sees the first. The key from rungs to
providers is looked at when a transaction ends, so a rung could come before its provider,
or the provider be replaced under it: a rung needs its provider at once, and a provider
that comes is weighed as one that changes.
"""

from django.db import migrations

KINDS = ("execution", "retrieval", "memory", "observer")

ANCHORS = """
INSERT INTO profiles_anchor (kind, newest)
VALUES ('execution', 0), ('retrieval', 0), ('memory', 0), ('observer', 0);
CREATE SEQUENCE profiles_activation_number;
"""
NO_ANCHORS = "DELETE FROM profiles_anchor; DROP SEQUENCE profiles_activation_number;"

GUARDS = """
CREATE FUNCTION profiles_rung_must_be_unattended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE allowed boolean;
BEGIN
    SELECT unattended INTO allowed FROM providers_provider WHERE name = NEW.provider_id FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'There is no provider %. A rung comes after the provider that it names.',
            NEW.provider_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'a_rung_names_a_provider';
    END IF;
    IF allowed IS NOT TRUE THEN
        RAISE EXCEPTION '% may not be called unattended, so it cannot be on a ladder: its '
            'vendor''s terms admit only calls that a person asked for by name. Choose another '
            'provider.', NEW.provider_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_rung_may_be_called_unattended';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rung_must_be_unattended BEFORE INSERT OR UPDATE ON profiles_rung
    FOR EACH ROW EXECUTE FUNCTION profiles_rung_must_be_unattended();

CREATE FUNCTION profiles_provider_on_a_ladder_stays_unattended() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM profiles_rung WHERE provider_id = NEW.name) THEN
        RAISE EXCEPTION '% is on a ladder, where it is called without a person asking for it by '
            'name. Take it off first.', NEW.name
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_rung_may_be_called_unattended';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER provider_on_a_ladder_stays_unattended BEFORE INSERT OR UPDATE
    ON providers_provider FOR EACH ROW WHEN (NEW.unattended IS NOT TRUE)
    EXECUTE FUNCTION profiles_provider_on_a_ladder_stays_unattended();
"""
NO_GUARDS = """
DROP TRIGGER provider_on_a_ladder_stays_unattended ON providers_provider;
DROP FUNCTION profiles_provider_on_a_ladder_stays_unattended();
DROP TRIGGER rung_must_be_unattended ON profiles_rung;
DROP FUNCTION profiles_rung_must_be_unattended();
"""

LIVE_STAYS = """
CREATE FUNCTION profiles_live_profile_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is live, so calls use it. Activate another first.', OLD.name
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_live_profile_is_not_deleted';
END $$;
"""
NOT_LIVE_STAYS = "DROP FUNCTION profiles_live_profile_stays();"

# Calls and keys go by names, and get the revision that is activated.
POINTERS = """
CREATE FUNCTION profiles_keeps_its_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps its name, since calls use it. Make another and delete this one.',
        OLD.name USING ERRCODE = 'check_violation', CONSTRAINT = 'a_name_is_for_ever';
END $$;
CREATE FUNCTION profiles_activated_revision_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE pgh_obj_id = $1 AND revision = $2 '
        'AND pgh_label <> ''deleted'')', TG_ARGV[0])
        INTO kept USING NEW.id, NEW.activated_revision;
    IF NOT kept THEN
        RAISE EXCEPTION '% has no revision %. Activate one that is kept.',
            NEW.name, NEW.activated_revision
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_activated_revision_is_kept';
    END IF;
    RETURN NEW;
END $$;
"""
NO_POINTERS = """
DROP FUNCTION profiles_keeps_its_name();
DROP FUNCTION profiles_activated_revision_is_kept();
"""


def keeps_its_name(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER name_is_for_ever BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION profiles_keeps_its_name()",
        f"DROP TRIGGER name_is_for_ever ON {table}",
    )


def activated_revision_is_kept(kind: str) -> migrations.RunSQL:
    table = f"profiles_{kind}profile"
    return migrations.RunSQL(
        f"CREATE TRIGGER activated_revision_is_kept BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (NEW.activated_revision IS DISTINCT FROM OLD.activated_revision "
        "AND NEW.activated_revision IS NOT NULL) "
        f"EXECUTE FUNCTION profiles_activated_revision_is_kept('profiles_{kind}revision')",
        f"DROP TRIGGER activated_revision_is_kept ON {table}",
    )


def kept_while_live(kind: str) -> migrations.RunSQL:
    table = f"profiles_{kind}profile"
    return migrations.RunSQL(
        f"CREATE TRIGGER live_profile_stays BEFORE DELETE ON {table} FOR EACH ROW "
        "WHEN (OLD.live) EXECUTE FUNCTION profiles_live_profile_stays()",
        f"DROP TRIGGER live_profile_stays ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]
    operations = [
        migrations.RunSQL(ANCHORS, NO_ANCHORS),
        migrations.RunSQL(GUARDS, NO_GUARDS),
        migrations.RunSQL(LIVE_STAYS, NOT_LIVE_STAYS),
        *map(kept_while_live, KINDS),
        migrations.RunSQL(POINTERS, NO_POINTERS),
        *map(keeps_its_name, ("profiles_ladder", *(f"profiles_{kind}profile" for kind in KINDS))),
        *map(activated_revision_is_kept, KINDS),
    ]
