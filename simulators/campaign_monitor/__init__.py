"""Campaign Monitor, as far as a two-way sync meets it."""

from simulators.campaign_monitor import (  # noqa: F401 - importing them enters their routes
    accounts,
    campaigns,
    fields,
    importing,
    lists,
    segments,
    subscribers,
    webhooks,
)
from simulators.campaign_monitor.generator import SCENARIOS, World
from simulators.campaign_monitor.reports import Location
from simulators.campaign_monitor.server import CampaignMonitor

__all__ = ["SCENARIOS", "CampaignMonitor", "Location", "World"]
