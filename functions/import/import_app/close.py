"""Ends a run: everything it read is stored."""

from import_app.tasks import Task
from lytics_cm.store.jobs import Job, Jobs
from lytics_cm.store.runs import Runs
from lytics_cm.store.units import Ends

INCOMPLETE = "not everything could be read; GET the import's failures says what, a new run tries again"


def end(jobs: Jobs, runs: Runs, task: Task, now: int) -> None:
    """Finish the run and say so in the job; repeatable, and silent while something is outstanding."""
    run = runs.get(task.job, task.run)
    if run is None or run["open"] > 0:
        return
    job = jobs.get(task.job)
    if run.get("fatal"):
        ends = Ends("failed", "failed", job.get("message") or INCOMPLETE)
    else:
        ends = Ends("succeeded", at_rest(job))
    runs.finish((jobs.kind, task.job), task.run, ends, now)


def at_rest(job: Job) -> str:
    """The status of a job whose last run succeeded."""
    return "scheduled" if job["keep_updated"] else "completed"
