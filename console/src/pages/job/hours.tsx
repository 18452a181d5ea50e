/** What an export did hour by hour: a chart of the last day, and a table of all that is kept. */

import { api, type Schemas } from "../../api/client";
import { usePages } from "../../api/pages";
import { Badge, Card, Empty, Num, PagedTable } from "../../components";
import { capital, HOUR_STATES, waitingFor } from "../../words/history";
import { count, type Export, triggerOf } from "../../words/jobs";
import { inZone, utc } from "../../words/times";

type Hour = Schemas["HourOfExport"];
const HOUR_MS = 3_600_000;
const SHOWN = 24;

export function Hours({ job }: { job: Export }) {
  const { id } = job;
  const pages = usePages<Schemas["HourOfExportPage"]>(`/exports/${id}/activity`, (cursor, signal) =>
    api.GET("/exports/{id}/activity", {
      params: { path: { id }, query: { limit: 100, ...(cursor && { cursor }) } },
      ...(signal && { signal }),
    }),
  );
  return (
    <>
      {pages.items && pages.items.length > 0 && (
        <Card title="The last 24 hours" about="People of whom something became, by the hour.">
          <HoursChart hours={pages.items} />
        </Card>
      )}
      <Card title="All hours" about="Of the last 90 days, newest first. The present hour still grows.">
        <PagedTable
          label="Hours"
          pages={pages}
          keyOf={(hour) => hour.id}
          columns={[
            { name: "Hour", cell: (hour) => <OfHour at={hour.began_at} /> },
            { name: "Result", cell: (hour) => <Result of={hour} /> },
            { name: "Added", number: true, cell: (hour) => <Num of={hour.added} /> },
            { name: "Changed", number: true, cell: (hour) => <Num of={hour.changed} /> },
            { name: "Removed", number: true, cell: (hour) => <Num of={hour.removed} /> },
            { name: "Skipped", number: true, cell: (hour) => <Num of={hour.skipped} /> },
            { name: "Refused", number: true, cell: (hour) => <Num of={hour.refused} /> },
            { name: "Kept out", number: true, cell: (hour) => <Num of={hour.kept_out} /> },
            { name: "Calls", number: true, cell: (hour) => <Num of={hour.calls} /> },
          ]}
          empty={
            <Empty title="Nobody was sent yet" icon="export">
              {job.dry_run
                ? "A preview sends nobody."
                : "People are sent as they enter or leave an audience."}
            </Empty>
          }
        />
      </Card>
    </>
  );
}

/** People by hour, the last day's; what was done for several reasons in an hour is one bar. */
export function HoursChart({ hours }: { hours: readonly Hour[] }) {
  const by = new Map<number, number>();
  for (const hour of hours) {
    const at = Math.floor(new Date(hour.began_at).getTime() / HOUR_MS);
    by.set(at, (by.get(at) ?? 0) + hour.people);
  }
  const last = Math.floor(Date.now() / HOUR_MS);
  const shown = Array.from({ length: SHOWN }, (_, index) => last - SHOWN + 1 + index);
  const most = Math.max(1, ...shown.map((at) => by.get(at) ?? 0));
  return (
    <ol class="hours" aria-label="People by hour">
      {shown.map((at) => {
        const people = by.get(at) ?? 0;
        const name = clock.format(at * HOUR_MS);
        return (
          <li key={at} title={`${name}: ${count(people, "person", "people")}`}>
            <span class="hour-bar" data-none={people === 0} style={{ "--size": people / most }} />
            <span class="hour-name">
              {name}
              <span class="unseen">: {count(people, "person", "people")}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function OfHour({ at }: { at: string }) {
  const hour = new Date(Math.floor(new Date(at).getTime() / HOUR_MS) * HOUR_MS).toISOString();
  return (
    <time dateTime={hour} title={utc(hour)}>
      {inZone(hour)}
    </time>
  );
}

function Result({ of: hour }: { of: Hour }) {
  const state = HOUR_STATES[hour.result];
  return (
    <div class="told">
      <Badge tone={state.tone}>{state.says}</Badge>
      <span class="small dim">{capital(triggerOf(hour.trigger))}</span>
      {hour.waited > 0 && (
        <span class="small dim">{count(hour.waited, "send")} had to wait for another try</span>
      )}
      {hour.reason && <span class="small dim">{waitingFor(hour.reason)}</span>}
    </div>
  );
}
