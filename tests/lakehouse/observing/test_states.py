"""Acknowledging, resolving and reopening a cluster: by REST, in the admin, in a shell."""

import getpass
import json
import uuid

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command, load_command_class
from django.test import Client
from procrastinate.contrib.django import app
from pytest_django import Settings

from lakehouse.observing import states, tasks
from lakehouse.observing.models import Alert, Cluster
from tests.lakehouse.observing.failing import failed, only, run

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def cluster() -> Cluster:
    for _ in range(3):
        failed()
    run()
    return only()


@pytest.fixture
def admin_client() -> Client:
    """Without a password, whose digest takes long to make."""
    return signed_in(User.objects.create_user("root", is_staff=True, is_superuser=True))


@pytest.fixture
def viewer() -> Client:
    user = User.objects.create_user("vic", is_staff=True)
    wanted = Permission.objects.filter(codename__in=["view_cluster", "view_alert"])
    user.user_permissions.set(wanted)
    return signed_in(user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(cluster: Cluster, verb: str = "change") -> str:
    quoted = cluster.pk.replace(":", "_3A")
    return f"/admin/observing/cluster/{quoted if verb == 'change' else cluster.pk}/{verb}/"


def test_a_state_says_who_since_when_and_why(cluster: Cluster) -> None:
    states.acknowledge(cluster, who="ana", note="on it")
    now = only()
    assert (now.state, now.state_by, now.note) == ("acknowledged", "ana", "on it")
    assert now.state_at > cluster.state_at
    assert states.since(now).endswith("UTC by ana")


@pytest.mark.parametrize(
    ("verbs", "refusal"),
    [
        (["reopen"], "cannot be reopened: it is open since"),
        (["acknowledge", "acknowledge"], "cannot be acknowledged: it is acknowledged since"),
        (["resolve", "acknowledge"], "cannot be acknowledged: it is resolved since"),
        (["resolve", "resolve"], "cannot be resolved: it is resolved since"),
    ],
)
def test_what_its_state_does_not_allow_is_refused(
    cluster: Cluster, verbs: list[str], refusal: str
) -> None:
    *before, last = [getattr(states, verb) for verb in verbs]
    for verb in before:
        verb(cluster, who="ana")
    with pytest.raises(states.NotPossible, match=refusal):
        last(cluster, who="bo")


# --- REST ---


def test_rest_lists_open_ones_first_and_moves_them(cluster: Cluster, admin_client: Client) -> None:
    failed(message="Something else.")
    run()
    there = f"/api/v1/clusters/{cluster.pk}/"
    moved = admin_client.post(f"{there}resolve/", {"note": "done"}, JSON)
    told = moved.json()
    assert (moved.status_code, told["state"], told["note"]) == (200, "resolved", "done")
    listed = admin_client.get("/api/v1/clusters/").json()["results"]
    assert [row["state"] for row in listed] == ["open", "resolved"]
    again = admin_client.post(f"{there}resolve/", {}, JSON)
    assert again.status_code == 409 and "resolved since" in again.json()["detail"]


def test_rest_refuses_what_it_does_not_know(cluster: Cluster, admin_client: Client) -> None:
    there = f"/api/v1/clusters/{cluster.pk}/"
    assert admin_client.post(f"{there}resolve/", {"notes": "x"}, JSON).status_code == 400
    assert admin_client.get("/api/v1/clusters/?stat=open").status_code == 400
    assert admin_client.get("/api/v1/clusters/1:none/").status_code == 404


def test_rest_shows_alerts_and_sends_one_again(cluster: Cluster, admin_client: Client) -> None:
    (alert,) = admin_client.get("/api/v1/alerts/?state=waiting").json()["results"]
    assert alert["body"]["calls"] == [str(call) for call in cluster.samples]
    Alert.objects.update(state="failed", tries=9)
    sent = admin_client.post(f"/api/v1/alerts/{alert['id']}/resend/")
    assert (sent.status_code, sent.json()["state"], sent.json()["tries"]) == (202, "waiting", 0)


def test_who_may_only_look_changes_nothing(cluster: Cluster, viewer: Client) -> None:
    alert = Alert.objects.get()
    for path in (
        f"/api/v1/clusters/{cluster.pk}/resolve/",
        f"/api/v1/alerts/{alert.pk}/resend/",
        page(cluster, "resolve"),
        f"/admin/observing/alert/{alert.pk}/resend/",
    ):
        assert viewer.post(path).status_code == 403, path
    assert only().state == "open"
    assert b"Acknowledge" not in viewer.get(page(cluster)).content


# --- the admin ---


def test_the_admins_list_has_open_ones_first(cluster: Cluster, admin_client: Client) -> None:
    failed(message="Something newer.")
    run()
    states.acknowledge(Cluster.objects.get(message="Something newer."), who="ana")
    shown = admin_client.get("/admin/observing/cluster/").content.decode()
    assert shown.index("It broke.") < shown.index("Something newer.")
    assert "s ago" in shown


def test_the_page_shows_calls_alerts_and_a_plot(cluster: Cluster, admin_client: Client) -> None:
    shown = admin_client.get(page(cluster)).content.decode()
    assert f"/admin/gateway/call/{cluster.samples[0]}/change/" in shown
    assert "Failing: p/m: server, 3 calls within 300 s" in shown
    assert 'class="chart"' in shown


def test_the_pages_buttons_move_it(cluster: Cluster, admin_client: Client) -> None:
    answer = admin_client.post(page(cluster, "acknowledge"), {"note": "mine"}, follow=True)
    assert only().state == "acknowledged"
    text = answer.content.decode()
    assert "mine" in text and "Resolve" in text and "Acknowledge" not in text
    refused = admin_client.post(page(cluster, "acknowledge"), follow=True)
    assert "cannot be acknowledged" in refused.content.decode()
    assert admin_client.get(page(cluster, "acknowledge")).status_code == 405


@pytest.mark.parametrize("note", ["a\0b", "x" * 2001])
def test_a_note_that_cannot_be_kept_is_refused_in_words(
    cluster: Cluster, admin_client: Client, note: str
) -> None:
    answer = admin_client.post(page(cluster, "resolve"), {"note": note}, follow=True)
    assert "at most 2000 characters" in answer.content.decode()
    assert (only().state, only().note) == ("open", "")


def test_an_alert_is_sent_again_from_its_page_and_from_the_list(
    cluster: Cluster, admin_client: Client
) -> None:
    alert = Alert.objects.get()
    for path, data in (
        (f"/admin/observing/alert/{alert.pk}/resend/", {}),
        ("/admin/observing/alert/", {"action": "resend", "_selected_action": alert.pk}),
    ):
        Alert.objects.update(state="failed")
        answer = admin_client.post(path, data, follow=True)
        assert "1 will be sent again" in answer.content.decode()
        assert Alert.objects.get().state == "waiting"


def test_filters_ask_an_operators_questions(cluster: Cluster, admin_client: Client) -> None:
    failed(error_kind="bad_request", status=400, message="Nonsense.")
    run()
    lists = {
        "cluster/?doing=clients": "Nonsense.",
        "cluster/?doing=ours": "It broke.",
        "cluster/?state=open": "It broke.",
    }
    for query, there in lists.items():
        assert there in admin_client.get(f"/admin/observing/{query}").content.decode()
    Alert.objects.update(problem="It was away.")
    assert (
        "It was away."
        in admin_client.get("/admin/observing/alert/?arrival=trouble").content.decode()
    )


# --- a shell ---


def test_the_command_lists_shows_and_moves(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("clusters", "list", "--json")
    assert json.loads(capsys.readouterr().out)[0]["count"] == 3
    call_command("clusters", "acknowledge", cluster.pk[:6], "--note", "mine")
    assert (only().state, only().state_by) == ("acknowledged", getpass.getuser())
    call_command("clusters", "show", cluster.pk)
    said = capsys.readouterr().out
    assert "3 calls, the first at" in said and "Note: mine" in said
    assert str(cluster.samples[0]) in said


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["show", "?"], "is no fingerprint"),
        (["show", "1:zzzz"], "There is no cluster 1:zzzz"),
        (["reopen", "1:"], "is no fingerprint"),
    ],
)
def test_the_command_refuses_clearly(words: list[str], refusal: str) -> None:
    with pytest.raises(CommandError, match=refusal):
        call_command("clusters", *words)


@pytest.mark.parametrize("name", ["clusters", "alerts"])
def test_every_verb_says_what_it_does(name: str) -> None:
    parser = load_command_class("lakehouse.observing", name).create_parser("manage.py", name)
    (verbs,) = [action for action in parser._actions if action.dest == "verb"]
    assert isinstance(verbs.choices, dict)
    assert all(own.description for own in verbs.choices.values())


# --- the worker ---


def test_the_jobs_do_it_all(settings: Settings) -> None:
    for _ in range(3):
        failed(instance=uuid.uuid4())
    assert tasks.cluster_failures(timestamp=0) == 3
    assert tasks.send_alerts(timestamp=0) == 1
    assert tasks.check_observing(timestamp=0) == 0
    assert tasks.forget_old_alerts(timestamp=0) == 0
    known = {name.rpartition(".")[2] for name in app.tasks}
    assert {"cluster_failures", "send_alerts", "check_observing", "forget_old_alerts"} <= known
