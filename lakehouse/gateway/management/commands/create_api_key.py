"""`manage.py create_api_key LABEL --owner WHO`: a key, shown once."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lakehouse.gateway.models import ApiKey
from providers.models import Provider


def dollars(text: str) -> Decimal:
    """For argparse: an amount such as 12.50."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite():
        raise ArgumentTypeError(f"'{text}' is no amount. Give US dollars, as 12.50.")
    return amount


class Command(BaseCommand):
    help = "Makes an API key and shows it once; only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("label", help="what uses it")
        parser.add_argument("--owner", required=True, help="the person or team to ask about it")
        parser.add_argument("--clearance", choices=Provider.Clearance.values)
        parser.add_argument("--providers", nargs="*", default=[], help="only these; default all")
        parser.add_argument("--profile", help="its calls get this execution profile, and no other")
        parser.add_argument("--rpm", type=int, help="requests per minute; default no limit")
        parser.add_argument(
            "--tpm", type=int, help="tokens per minute, in and out; default no limit"
        )
        parser.add_argument(
            "--budget",
            type=dollars,
            help="US dollars a calendar month (UTC); default no limit. Calls whose price is not "
            "known count as nothing",
        )
        parser.add_argument("--days", type=int, help="expires after so many days; default never")
        parser.add_argument("--manage", action="store_true", help="may use /api/v1/ too")
        parser.add_argument("--quiet", action="store_true", help="print the key and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        fields: dict[str, Any] = {
            "allowed_providers": options["providers"],
            "profile_id": options["profile"],
            "requests_per_minute": options["rpm"],
            "tokens_per_minute": options["tpm"],
            "monthly_budget": options["budget"],
            "may_manage": options["manage"],
        }
        if options["clearance"]:
            fields["clearance"] = options["clearance"]
        if options["days"] is not None:
            fields["expires_at"] = timezone.now() + timedelta(days=options["days"])
        try:
            key, token = ApiKey.objects.issue(options["label"], options["owner"], **fields)
        except ValidationError as error:
            reasons = [f"{f}: {' '.join(m)}" for f, m in error.message_dict.items()]
            raise CommandError("No key was made. " + " ".join(reasons)) from error
        if options["quiet"]:
            self.stdout.write(token)
            return
        self.stdout.write(f"Key {key.preview} for {key.label}, owner {key.owner}.")
        self.stdout.write(f"It is shown this once; keep it safe:\n\n{token}\n")
