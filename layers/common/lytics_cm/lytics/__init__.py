"""Lytics' API: audiences, their members, profiles; the only place that knows its statuses."""

from lytics_cm.lytics.api import Audience, Lytics, Scan

__all__ = ["Audience", "Lytics", "Scan"]
