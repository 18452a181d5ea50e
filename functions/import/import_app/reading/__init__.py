"""What a run reads of Campaign Monitor, task by task, and which rows it makes of it."""
