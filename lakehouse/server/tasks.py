"""The worker's own housekeeping, run by `manage.py worker`."""

from django.conf import settings
from procrastinate.contrib.django import app


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="forget_old_jobs", pass_context=False)
async def forget_old_jobs(timestamp: int) -> None:
    """Every hour: jobs that failed are kept LAKEHOUSE_KEEP_FAILED_JOBS_DAYS.

    The worker itself deletes those that went well; the rows of releases before go here.
    """
    await app.job_manager.delete_old_jobs(
        nb_hours=24 * settings.LAKEHOUSE_KEEP_FAILED_JOBS_DAYS,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
