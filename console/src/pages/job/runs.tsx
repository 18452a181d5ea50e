/** The runs of an import: bars of the last ones, and a table of all that are kept. */

import { api, type Schemas } from "../../api/client";
import { usePages } from "../../api/pages";
import { Badge, Card, Empty, Num, PagedTable, RunBars, Time } from "../../components";
import { capital, RUN_STATES } from "../../words/history";
import { type Import, importBars, triggerOf } from "../../words/jobs";
import { sentence } from "../../words/problems";
import { lasting } from "../../words/times";

const BARS = 30;

type PastRun = Schemas["PastRun"];

export function Runs({ job }: { job: Import }) {
  const { id } = job;
  const pages = usePages<Schemas["PastRunPage"]>(
    `/imports/${id}/runs`,
    (cursor, signal) =>
      api.GET("/imports/{id}/runs", {
        params: { path: { id }, query: { limit: BARS, ...(cursor && { cursor }) } },
        ...(signal && { signal }),
      }),
    { busy: () => job.status === "running" },
  );
  return (
    <>
      {pages.items && pages.items.length > 0 && (
        <Card title="Last runs" about="How long each took. A run that failed is red.">
          <div class="tall">
            <RunBars label="Last runs" runs={importBars(pages.items.slice(0, BARS))} places={BARS} />
          </div>
        </Card>
      )}
      <Card title="All runs" about="Of the last 90 days, newest first.">
        <PagedTable
          label="Runs"
          pages={pages}
          keyOf={(run) => run.id}
          columns={[
            { name: "Began", cell: (run) => <Time at={run.began_at} /> },
            { name: "Result", cell: (run) => <Result of={run} /> },
            {
              name: "Took",
              number: true,
              cell: (run) => (run.seconds === null ? <span class="dim">–</span> : lasting(run.seconds)),
            },
            { name: "Subscriptions", number: true, cell: (run) => <Num of={run.rows.cm_user} /> },
            { name: "Activity", number: true, cell: (run) => <Num of={run.rows.cm_activity} /> },
            { name: "New", number: true, cell: (run) => <Num of={run.new_rows} /> },
            { name: "Not usable", number: true, cell: (run) => <Num of={run.rejected} /> },
            { name: "Withheld", number: true, cell: (run) => <Num of={run.withheld} /> },
            { name: "Calls", number: true, cell: (run) => <Num of={run.calls} /> },
          ]}
          empty={
            <Empty title="No run yet" icon="import">
              The first one begins in a moment.
            </Empty>
          }
        />
      </Card>
    </>
  );
}

function Result({ of: run }: { of: PastRun }) {
  const state = RUN_STATES[run.status];
  const notes = [
    capital(triggerOf(run.trigger)),
    run.waited_seconds > 0 && `Waited ${lasting(run.waited_seconds)} for Campaign Monitor`,
    run.reason && sentence(run.reason),
  ].filter(Boolean);
  return (
    <div class="told">
      <Badge tone={state.tone}>{state.says}</Badge>
      {notes.map((note) => (
        <span key={String(note)} class="small dim">
          {note}
        </span>
      ))}
    </div>
  );
}
