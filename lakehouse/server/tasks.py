"""The worker's own housekeeping, run by `manage.py worker`."""

from django.conf import settings
from procrastinate.contrib.django import app

FINISHED_HOURS = 23  # and an hour at most until the next look: a day


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="forget_old_jobs", pass_context=False)
async def forget_old_jobs(timestamp: int) -> None:
    """Every hour: a day is kept of what went well, LAKEHOUSE_KEEP_FAILED_JOBS_DAYS of the rest."""
    jobs = app.job_manager
    await jobs.delete_old_jobs(nb_hours=FINISHED_HOURS)
    await jobs.delete_old_jobs(
        nb_hours=24 * settings.LAKEHOUSE_KEEP_FAILED_JOBS_DAYS,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
