"""The observer's background jobs, run by `manage.py worker`."""

from procrastinate.contrib.django import app

from lakehouse.observing import clustering, self_check, sending


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
