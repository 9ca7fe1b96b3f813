"""The auditor's background jobs, run by `manage.py worker`. No schedule begins an audit."""

from uuid import UUID

from procrastinate import JobContext
from procrastinate.contrib.django import app

from lakehouse.audit import keeping
from lakehouse.audit.job import TASK
from lakehouse.audit.running import run


@app.task(name=TASK, pass_context=True)
def run_audit(context: JobContext, audit: str) -> None:
    """One audit that a person asked for, from where it stands to its end."""
    run(UUID(audit), stopping=context.should_abort)


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="look_after_audits", pass_context=False)
def look_after_audits(timestamp: int) -> int:
    """Every ten seconds: audits whose runner died go on; how many."""
    return keeping.look_after()


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="forget_audited_texts", pass_context=False)
def forget_audited_texts(timestamp: int) -> int:
    """Every night: the texts of audits that ended two weeks ago are dropped; of how many files."""
    return keeping.forget_texts()
