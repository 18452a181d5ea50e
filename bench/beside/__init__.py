"""Both sides of the import benchmark: the Singer tap and our import, run and timed from outside."""
