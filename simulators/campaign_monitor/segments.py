"""Endpoints of segments: saved filters on one list."""
