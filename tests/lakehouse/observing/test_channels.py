"""What arrives at the other end of each channel, and what becomes of an alert that does not."""

import hashlib
import hmac
import json
import logging
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from lakehouse.observing import alerting, channels, sending, states
from lakehouse.observing.channels.checks import CONSOLE, mail_server
from lakehouse.observing.models import Alert
from tests.lakehouse.observing.failing import failed, only, run
from tests.lakehouse.observing.receiving import Receiver
from tests.upstreams.base import Answer

pytestmark = pytest.mark.django_db
SECRET = "the receiver knows it too"


def write() -> None:
    """A self-check's alert on every channel that is set up."""
    body = {"problem": "something <odd> & new", "remedy": "Look.", "number": 0}
    alerting.tell(Alert.Kind.SELF_CHECK, "self:test", body, secs=300)


def due_again() -> None:
    Alert.objects.update(next_at=timezone.now() - timedelta(seconds=1))


def test_the_log_gets_one_structured_line(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        failed()
    run()
    with caplog.at_level(logging.INFO, "lakehouse.alerts"):
        assert sending.send_due() == 1
    (record,) = caplog.records
    assert record.getMessage() == "Failing: p/m: server, 3 calls within 300 s"
    assert vars(record)["about"]["count"] == 3


def test_an_e_mail_goes_to_everyone_named(settings: Settings) -> None:
    settings.LAKEHOUSE_ALERT_EMAIL = ["ana@corp.example", "ops@corp.example"]
    write()
    assert sending.send_due() == 2
    (sent,) = mail.outbox
    assert sent.to == settings.LAKEHOUSE_ALERT_EMAIL
    assert "Look." in sent.body
    alert = Alert.objects.get(channel="email")
    assert sent.extra_headers == {"X-Lakehouse-Dedupe-Key": alert.dedupe_key}


def test_e_mails_that_only_the_console_would_see_are_warned_of(settings: Settings) -> None:
    assert mail_server(None) == []
    settings.EMAIL_BACKEND, settings.LAKEHOUSE_ALERT_EMAIL = CONSOLE, ["ops@corp.example"]
    (warning,) = mail_server(None)
    assert "Set EMAIL_URL" in str(warning.hint)


def test_a_webhook_gets_signed_json(settings: Settings, receiver: Receiver) -> None:
    receiver.listens(settings, "WEBHOOK")
    settings.LAKEHOUSE_ALERT_WEBHOOK_SECRET = SECRET
    write()
    assert sending.send_due() == 2
    asked, alert = receiver.last, Alert.objects.get(channel="webhook")
    sent = asked.headers
    signed = sent["x-lakehouse-timestamp"].encode() + b"." + asked.body
    proof = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert sent["x-lakehouse-signature"] == f"sha256={proof}"
    assert abs(int(sent["x-lakehouse-timestamp"]) - time.time()) < 5
    assert asked.json["dedupe_key"] == sent["x-lakehouse-dedupe-key"] == alert.dedupe_key
    assert (alert.state, alert.problem) == ("sent", "")


def test_without_a_secret_a_webhook_is_not_signed(settings: Settings, receiver: Receiver) -> None:
    receiver.listens(settings, "WEBHOOK")
    write()
    sending.send_due()
    assert "x-lakehouse-signature" not in receiver.last.headers


def test_slack_gets_one_text_in_its_own_spelling(settings: Settings, receiver: Receiver) -> None:
    receiver.listens(settings, "SLACK")
    write()
    sending.send_due()
    assert receiver.last.json == {"text": "Lakehouse: something &lt;odd&gt; &amp; new\nLook."}


def test_killed_between_sending_and_the_mark_it_is_sent_again_under_the_same_key(
    settings: Settings, receiver: Receiver
) -> None:
    receiver.listens(settings, "WEBHOOK")
    write()
    claimed = sending.claim("webhook")
    assert claimed is not None
    channels.CHANNELS["webhook"].send(claimed)  # and here the process is no more
    assert sending.claim("webhook") is None
    due_again()
    sending.send_due()
    keys = [asked.headers["x-lakehouse-dedupe-key"] for asked in receiver.ledger]
    assert keys == [claimed.dedupe_key] * 2


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(status=500), "status 500"),
        (Answer(status=302, headers={"location": "http://127.0.0.1:1/"}), "Redirects are not"),
        (Answer(raw=b""), "closed the connection"),
    ],
)
def test_what_was_not_taken_waits_and_says_why(
    settings: Settings, receiver: Receiver, answer: Answer, problem: str
) -> None:
    receiver.listens(settings, "WEBHOOK").next(answer)
    write()
    assert sending.send_due() == 1  # the log's
    alert = Alert.objects.get(channel="webhook")
    assert (alert.state, alert.tries, len(receiver.ledger)) == ("waiting", 1, 1)
    assert problem in alert.problem
    due_again()
    assert sending.send_due() == 1
    alert.refresh_from_db()
    assert (alert.state, alert.tries, alert.problem) == ("sent", 2, "")


def test_that_it_is_resolved_waits_for_the_alert_that_it_failed(
    settings: Settings, receiver: Receiver
) -> None:
    receiver.listens(settings, "WEBHOOK").next(Answer(status=503))
    for _ in range(3):
        failed()
    run()
    sending.send_due()
    states.resolve(only(), who="ana")
    sending.send_due()
    assert len(receiver.ledger) == 1
    due_again()
    sending.send_due()
    assert [asked.json["kind"] for asked in receiver.ledger[1:]] == ["failures", "resolved"]


def test_the_pauses_grow_up_to_an_hour(settings: Settings, receiver: Receiver) -> None:
    receiver.listens(settings, "WEBHOOK")
    write()
    pauses = []
    for tries in (0, 1, 2, 3, 20, 2_000_000):
        Alert.objects.update(tries=tries)
        due_again()
        claimed = sending.claim("webhook")
        assert claimed is not None
        pauses.append(round((claimed.next_at - timezone.now()).total_seconds()))
    assert pauses == [15, 30, 60, 120, 3600, 3600]


def test_after_a_day_it_is_given_up_and_a_person_can_send_it_again(
    settings: Settings, receiver: Receiver
) -> None:
    receiver.listens(settings, "WEBHOOK").next(Answer(status=503))
    write()
    Alert.objects.update(created=timezone.now() - timedelta(hours=25))
    sending.send_due()
    alert = Alert.objects.get(channel="webhook")
    assert (alert.state, "status 503" in alert.problem) == ("failed", True)
    sending.send_again(alert)
    sending.send_due()
    alert.refresh_from_db()
    assert alert.state == "sent"


def test_only_the_settings_own_host_may_be_reached(settings: Settings, receiver: Receiver) -> None:
    receiver.listens(settings, "SLACK")
    settings.LAKEHOUSE_ALERT_WEBHOOK = "http://169.254.169.254/latest/meta-data"
    write()
    sending.send_due()
    refused = Alert.objects.get(channel="webhook")
    assert "not a public address" in refused.problem
    assert Alert.objects.get(channel="slack").state == "sent"


@pytest.mark.parametrize(
    "address", ["ftp://h/x", "http://u:p@127.0.0.1/x", "nonsense", "http://h:x"]
)
def test_an_address_that_is_none_is_named_by_its_setting(settings: Settings, address: str) -> None:
    settings.LAKEHOUSE_ALERT_WEBHOOK = address
    write()
    sending.send_due()
    problem = Alert.objects.get(channel="webhook").problem
    assert "LAKEHOUSE_ALERT_WEBHOOK is no address" in problem and address not in problem


def test_the_test_command_tries_every_channel_and_says_what_happened(
    settings: Settings, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.listens(settings, "WEBHOOK", "SLACK").next(Answer(status=410))
    with pytest.raises(CommandError, match="1 of the channels did not take it"):
        call_command("alerts", "test")
    said = capsys.readouterr().out
    assert "log: sent" in said and "slack: sent" in said and "email: not set up" in said
    assert "webhook: 127.0.0.1 answered with status 410. Check LAKEHOUSE_ALERT_WEBHOOK." in said


def test_the_list_command_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    write()
    call_command("alerts", "list", "--json")
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["channel"], shown["state"]) == ("log", "waiting")
    call_command("alerts", "list")
    assert "something <odd> & new" in capsys.readouterr().out


def test_old_alerts_are_forgotten() -> None:
    write()
    assert sending.forget_old() == 0
    Alert.objects.update(created=timezone.now() - timedelta(days=91))
    assert sending.forget_old() == 1
