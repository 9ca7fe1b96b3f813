"""The gateway's background jobs, run by `manage.py worker`."""

from procrastinate.contrib.django import app

from lakehouse.gateway import reaping


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="close_dead_calls", pass_context=False)
def close_dead_calls(timestamp: int) -> int:
    """Every ten seconds: a killed process's calls do not stay `running`."""
    return reaping.close_dead_calls()


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="forget_old_calls", pass_context=False)
def forget_old_calls(timestamp: int) -> int:
    """Every night: the ledger keeps LAKEHOUSE_KEEP_CALLS_DAYS."""
    reaping.forget_old_instances()
    return reaping.forget_old_calls()
