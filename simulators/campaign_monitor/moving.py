"""A client that moves to another time zone: its whole history is told in the new one."""

from dataclasses import dataclass, field
from datetime import datetime

from simulators.campaign_monitor.clock import zone_of
from simulators.campaign_monitor.model import Client
from simulators.campaign_monitor.reports import Report, Row


@dataclass(slots=True)
class Mover:
    """Translates local texts from one zone to another; ambiguous ones count as the earlier instant."""

    old: str
    new: str
    _known: dict[str, str] = field(default_factory=dict)

    def move(self, client: Client) -> None:
        for mailing_list in client.lists.values():
            for person in mailing_list.people.values():
                person.date, person.joined = self.text(person.date), self.text(person.joined)
            mailing_list.touch_all()
        for suppression in client.suppressed.values():
            suppression.date = self.text(suppression.date)
        for consent in (*client.tracking, *client.texting):
            consent.changes = [(self.text(at), value) for at, value in consent.changes]
        for campaign in client.campaigns.values():
            campaign.sent = self.text(campaign.sent)
            self._move_reports(campaign.reports)
        for journey in client.journeys.values():
            for email in journey.emails:
                self._move_reports(email.reports)

    def text(self, local: str) -> str:
        if local not in self._known:
            instant = datetime.fromisoformat(local).replace(tzinfo=zone_of(self.old))
            self._known[local] = instant.astimezone(zone_of(self.new)).strftime("%Y-%m-%d %H:%M:%S")
        return self._known[local]

    def _move_reports(self, reports: dict[str, Report]) -> None:
        for report in reports.values():
            report.replace([self._moved(row) for row in report.rows])

    def _moved(self, row: Row) -> Row:
        return (*row[:2], self.text(row[2]), *row[3:])
