"""Lytics, as far as the export meets it: audiences, their members, and the triggers it posts."""

from simulators.lytics.triggers import Subscription
from simulators.lytics.vendor import Lytics

__all__ = ["Lytics", "Subscription"]
