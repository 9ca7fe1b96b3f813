"""The observer's background jobs, run by `manage.py worker`."""

from procrastinate.contrib.django import app

from lakehouse.observing import clustering, retention, rollups, self_check, sending


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


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="cluster_failures", pass_context=False)
def cluster_failures(timestamp: int) -> int:
    """Every five seconds: failed calls become clusters, and alerts where they are many."""
    return clustering.cluster_failures()


@app.periodic(cron="* * * * * 2/5")
@app.task(queueing_lock="send_alerts", pass_context=False)
def send_alerts(timestamp: int) -> int:
    """Every five seconds: alerts that wait are sent."""
    return sending.send_due()


@app.periodic(cron="* * * * * */30")
@app.task(queueing_lock="check_observing", pass_context=False)
def check_observing(timestamp: int) -> int:
    """Every half minute: an alert where calls are served and not seen; how many were told."""
    return self_check.check()


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="forget_old_alerts", pass_context=False)
def forget_old_alerts(timestamp: int) -> int:
    """Every night: alerts are kept for 90 days."""
    return sending.forget_old()
