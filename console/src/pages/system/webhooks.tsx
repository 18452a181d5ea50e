/** What Campaign Monitor calls, and what runs by the clock. */

import { Badge, Card, Empty, Table, Time, type Tone } from "../../components";
import { period } from "../../words/times";
import type { System } from "./index";
import { JobLink, Unreadable } from "./parts";

const STATES: Record<string, readonly [Tone, string]> = {
  alive: ["good", "Alive"],
  unconfirmed: ["warn", "Not confirmed"],
  dead: ["bad", "Dead"],
};

export function Webhooks({ system: { webhooks, schedules } }: { system: System }) {
  return (
    <>
      <Card
        title="Webhooks"
        about="One a list of every import that is not stopped. Each run looks at them and repairs them."
      >
        {webhooks === null ? (
          <Unreadable what="Webhooks" />
        ) : webhooks.lists.length === 0 ? (
          <Empty title="No webhooks" icon="import">
            An import that is kept up to date has one for each of its lists.
          </Empty>
        ) : (
          <Table
            label="Webhooks"
            rows={webhooks.lists}
            keyOf={(one) => `${one.job.id} ${one.list.id}`}
            columns={[
              { name: "List", cell: (one) => one.list.name ?? one.list.id },
              { name: "Import", cell: (one) => <JobLink job={one.job} /> },
              {
                name: "State",
                cell: (one) => (
                  <Badge tone={STATES[one.state]?.[0] ?? "note"}>{STATES[one.state]?.[1] ?? one.state}</Badge>
                ),
              },
              { name: "Looked at", cell: (one) => <Time at={one.checked_at} relative /> },
              { name: "Last delivery", cell: (one) => <Time at={one.last_delivery_at} relative /> },
            ]}
          />
        )}
      </Card>
      <Card title="Schedules">
        {schedules === null ? (
          <Unreadable what="Schedules" />
        ) : (
          <Table
            label="Schedules"
            rows={schedules}
            keyOf={(one) => one.name}
            columns={[
              { name: "Runs", cell: (one) => (one.job ? <JobLink job={one.job} /> : one.name) },
              {
                name: "How often",
                cell: (one) => (one.every_minutes ? period(one.every_minutes) : <span class="dim">–</span>),
              },
              {
                name: "Next",
                cell: (one) =>
                  one.next_run_at ? <Time at={one.next_run_at} relative /> : <span class="dim">–</span>,
              },
              {
                name: "State",
                cell: (one) => <Badge tone={one.on ? "good" : "bad"}>{one.on ? "On" : "Off"}</Badge>,
              },
            ]}
          />
        )}
      </Card>
    </>
  );
}
