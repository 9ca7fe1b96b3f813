"""The worker's own housekeeping, run by `manage.py worker`."""

from django.conf import settings
from procrastinate.contrib.django import app

FINISHED_HOURS = 3  # those that look every few seconds make thousands of rows an hour


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="forget_old_jobs", pass_context=False)
async def forget_old_jobs(timestamp: int) -> None:
    """Every hour: what went well is kept for three, others LAKEHOUSE_KEEP_FAILED_JOBS_DAYS."""
    jobs = app.job_manager
    await jobs.delete_old_jobs(nb_hours=FINISHED_HOURS)
    await jobs.delete_old_jobs(
        nb_hours=24 * settings.LAKEHOUSE_KEEP_FAILED_JOBS_DAYS,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
