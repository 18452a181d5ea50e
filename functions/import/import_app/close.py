"""Ends a run: everything it read is stored."""

from import_app.tasks import Task
from lytics_cm.store.jobs import Jobs
from lytics_cm.store.runs import Runs

INCOMPLETE = "not everything could be read; GET the import's failures says what, a new run tries again"


def end(jobs: Jobs, runs: Runs, task: Task, now: int) -> None:
    """Finish the run and say so in the job; repeatable, and silent while something is outstanding."""
    run = runs.get(task.job, task.run)
    if run is None or run["open"] > 0:
        return
    failed = bool(run.get("fatal"))
    runs.finish(task.job, task.run, "failed" if failed else "succeeded", now)
    job = jobs.get(task.job)
    if job.get("run_id") == task.run and job["status"] == "running":
        after = "scheduled" if job["keep_updated"] else "completed"
        changes = {"status": "failed" if failed else after}
        if failed and not job.get("message"):
            changes["message"] = INCOMPLETE
        jobs.update(task.job, changes, unless=("stopped",))
