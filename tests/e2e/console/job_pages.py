"""The page of a job: what tests find on it, and what the jobs that they look at have failed with."""

DELETED, UNSUBSCRIBED = "205", "206"
GONE = {"Deleted": DELETED, "Unsubscribed": UNSUBSCRIBED}


def tab(page, name):
    page.get_by_role("navigation", name="Parts of this").get_by_role("link", name=name).click()


def state_of(page):
    return page.get_by_role("heading", level=1)


def actions(page):
    """The buttons beside the name of the job."""
    return page.locator(".page-head .actions")
