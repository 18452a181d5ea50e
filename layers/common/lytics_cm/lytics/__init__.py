"""Lytics' API: audiences, their members, profiles and fields; the only place that knows its statuses."""

from lytics_cm.lytics.api import Audience, Field, Lytics, Scan

__all__ = ["Audience", "Field", "Lytics", "Scan"]
