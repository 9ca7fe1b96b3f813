"""The gateway's background jobs, run by `manage.py worker`."""

from procrastinate.contrib.django import app

from lakehouse.gateway import reaping
from providers import listings, secrets
from providers.models import Provider


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="close_dead_calls", pass_context=False)
def close_dead_calls(timestamp: int) -> int:
    """Every ten seconds: a killed process's calls do not stay `running`."""
    return reaping.close_dead_calls()


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="forget_old_instances", pass_context=False)
def forget_old_instances(timestamp: int) -> int:
    """Every night: processes that ended need no row."""
    return reaping.forget_old_instances()


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="read_model_lists", pass_context=False)
def read_model_lists(timestamp: int) -> int:
    """Every hour: which provider has which model, by free calls; how many were read.

    Only where no person need ask by name: a provider that is not `unattended` is left alone.
    """
    due = [p for p in Provider.objects.live().unattended() if secrets.status(p).usable]
    return sum(result.models is not None for result in listings.check_and_save(due))
