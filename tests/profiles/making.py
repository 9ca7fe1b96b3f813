"""Profiles and ladders as tests want them, in one line each."""

from typing import Any

from profiles import editing
from profiles.base import Profile
from profiles.kinds import model_of
from profiles.models import ExecutionProfile, Ladder, Rung
from providers import fields
from providers.models import Provider

# Values that are no defaults, for every field of each kind but the name; the rows that
# they name are those of `named_rows`.
OTHER_VALUES: dict[str, dict[str, Any]] = {
    "execution": dict(
        **dict(provider="echo", model="m", ladder="fast", retrieval="r", memory="m", observer="o"),
        **dict(temperature=0.2, top_p=0.5, top_k=3, max_output_tokens=9, presence_penalty=0.1),
        **dict(frequency_penalty=-0.5, seed=-1, stop=["END", "a\nb"], reasoning_effort="low"),
        **dict(system_prompt='Be "brief".\n\tAnd kind.\n', output_floor=5),
        validators=["json", {"json_schema": {"schema": {"enum": [None, "a\nb"]}}}],
        **dict(task_class="support", description="For tickets.", owner="support team"),
    ),
    "retrieval": dict(
        **dict(top_k=30, rerank_top_k=6, score_threshold=0.1, freshness_cutoff_days=30),
        **dict(include_undated=False, playbook_boost=0.1, sensitivity_gate="public"),
        **dict(description="Two\nlines", owner="team"),
    ),
    "memory": dict(
        **dict(playbook_boost_ceiling=0.2, history_turns=5, history_tokens=100),
        **dict(doc_staleness_days=30, retire_min_uses=5, retire_below_success=0.5),
        **dict(description="d", owner="team"),
    ),
    "observer": dict(
        **dict(failure_cluster_size=5, failure_cluster_secs=60, alert_cooldown_secs=60),
        **dict(ring_size=10, langfuse=True, langfuse_queue=10, langfuse_content=True),
        **dict(description="d", owner="team"),
    ),
}


def named_rows() -> None:
    """What `OTHER_VALUES` name."""
    provider("echo")
    ladder("fast", "echo")
    for kind in ("retrieval", "memory", "observer"):
        profile(kind, kind[0])


def provider(name: str = "echo", **values: Any) -> Provider:
    """A stored provider of the kind without a network."""
    made = Provider(name=name, **(fields.starting("echo") | values))
    made.full_clean()
    made.save()
    return made


def profile(kind: str, name: str = "support", **values: Any) -> Profile:
    """A stored draft. Its values are not checked: that takes ten times as long."""
    return changed(model_of(kind)(name=name), **values)


def execution(name: str = "support", **values: Any) -> ExecutionProfile:
    made = profile("execution", name, **values)
    assert isinstance(made, ExecutionProfile)
    return made


def changed(row: Profile, **values: Any) -> Profile:
    for field, value in values.items():
        setattr(row, row._meta.get_field(field).attname, value)  # type: ignore[union-attr]
    return editing.save(row)


def activated(row: Profile, *, live: bool = True) -> Profile:
    """The row with its draft's revision activated, as an activation leaves it."""
    rows = type(row).objects
    if live:
        rows.live().update(live=False)
    rows.filter(pk=row.pk).update(live=live, activated_revision=row.revision)
    row.refresh_from_db()
    return row


def ladder(name: str = "fast", *providers: str, **values: Any) -> Ladder:
    """A stored ladder with one rung a provider's name."""
    made = Ladder.objects.create(name=name, **values)
    for position, named in enumerate(providers, start=1):
        Rung.objects.create(ladder=made, position=position, provider_id=named)
    return made
