"""The observer's background jobs, run by `manage.py worker`."""

from procrastinate.contrib.django import app

from lakehouse.observing import retention, rollups


@app.periodic(cron="11 * * * *")
@app.task(queueing_lock="roll_up", pass_context=False)
def roll_up(timestamp: int) -> int:
    """Every hour: days that ended, and those that a call came to late."""
    return rollups.roll_up()


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="forget_old_calls", pass_context=False)
def forget_old_calls(timestamp: int) -> int:
    """Every night: calls are kept LAKEHOUSE_KEEP_CALLS_DAYS, then only their rollups."""
    return retention.forget_old_calls()
