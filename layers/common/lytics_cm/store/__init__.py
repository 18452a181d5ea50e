"""The stored state: authorizations, jobs and their runs, rows and profiles, own mappings."""
