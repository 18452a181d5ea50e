"""Rows to profiles: the one door for rows, and reading, explaining and erasing what they make."""
