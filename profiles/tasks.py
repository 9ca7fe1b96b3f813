"""The background jobs of profiles, run by `manage.py worker`."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from profiles.activation import takeover
from profiles.activation.job import TASK
from profiles.activation.run import run
from profiles.memory import forgetting
from profiles.memory import staleness


@app.task(name=TASK, pass_context=True)
def run_activation(context: JobContext, activation: str) -> None:
    """One activation, from its claim to its end."""
    run(activation, context.should_abort)


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="look_after_activations", pass_context=False)
def look_after_activations(timestamp: int) -> int:
    """Every two seconds: what a dead worker left is taken over; how many."""
    return takeover.look_after()


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="forget_unused_sessions", pass_context=False)
def forget_unused_sessions(timestamp: int) -> int:
    """Every night: sessions stay LAKEHOUSE_KEEP_CALLS_DAYS after their last use; how many went."""
    return forgetting.forget_unused()


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="mark_stale_playbooks", pass_context=False)
def mark_stale_playbooks(timestamp: int) -> int:
    """Every night: playbooks whose documents changed since their last review; how many."""
    return staleness.mark_stale()
