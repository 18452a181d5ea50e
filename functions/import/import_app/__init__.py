"""Campaign Monitor to rows: plan a run, read a page, keep the schedule."""
