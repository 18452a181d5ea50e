"""Campaign Monitor: its API, its consent dance, its clocks; the only place that knows its statuses and Codes.

`CampaignMonitor` is loaded when it is first named: who only reads times or custom fields does not pay for
HTTP.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor.api import CampaignMonitor

__all__ = ["CampaignMonitor"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lytics_cm.campaign_monitor import api  # noqa: PLC0415 - see above

    return getattr(api, name)
