/** Who did what with a job. For admins: the API tells nobody else. */

import { api, type Schemas } from "../../api/client";
import { usePages } from "../../api/pages";
import { Badge, Card, Empty, PagedTable, Time } from "../../components";
import { capital } from "../../words/history";
import type { Named } from "./frame";

type Event = Schemas["Event"];

export function Timeline({ of: job }: { of: Named }) {
  const pages = usePages<Schemas["EventPage"]>(`/events ${job.id}`, (cursor, signal) =>
    search(job.id, cursor, signal),
  );
  return (
    <Card title="Timeline" about="Who did what, for a year, newest first.">
      <PagedTable
        label="Timeline"
        pages={pages}
        keyOf={(event) => event.id}
        columns={[
          { name: "What", cell: (event) => <What of={event} job={job} /> },
          { name: "Who", cell: (event) => <WhoDid of={event} /> },
          { name: "From", cell: (event) => event.from ?? <span class="dim">–</span> },
          { name: "When", cell: (event) => <Time at={event.at} /> },
        ]}
        empty={
          <Empty title="Nothing was done yet" icon="info">
            What people and programs do with this {job.kind} is written down here.
          </Empty>
        }
      />
    </Card>
  );
}

/** The next page that has something on it: one request looks at so many events of all jobs. */
async function search(job: string, cursor: string | undefined, signal?: AbortSignal) {
  const query = { job, ...(cursor && { cursor }) };
  for (;;) {
    const answer = await api.GET("/events", { params: { query }, ...(signal && { signal }) });
    if (!answer.data || answer.data.items.length > 0 || !answer.data.cursor) return answer;
    query.cursor = answer.data.cursor;
  }
}

const DEEDS: Record<string, string> = {
  POST: "Made the {job}",
  PATCH: "Changed settings, or started after a preview",
  DELETE: "Deleted the {job}",
  "POST run": "Started a run",
  "POST start": "Started the {job}",
  "POST stop": "Stopped the {job}",
  "POST rotate-webhooks": "Gave the webhooks new URLs",
  "POST rotate-webhook": "Gave it a new webhook URL",
  "POST retry-failures": "Tried failures again",
  "POST try": "Tried or sent one person",
};

/** What was done, in words; of what is new here, what the API calls it. */
function deedOf(event: Event, job: Named): string {
  const found = /^([A-Z]+) \/(?:imports|exports)(?:\/\{[^}]+\})?(?:\/([a-z-]+))?$/.exec(event.kind);
  const known = found && DEEDS[[found[1], found[2]].filter(Boolean).join(" ")];
  return known ? known.replace("{job}", job.kind) : capital(event.kind.replaceAll(".", ": "));
}

function What({ of: event, job }: { of: Event; job: Named }) {
  const isRefused = event.result !== null && event.result >= 400;
  return (
    <span class="row">
      {deedOf(event, job)}
      {isRefused && <Badge tone="warn">refused: {event.result}</Badge>}
    </span>
  );
}

function WhoDid({ of: event }: { of: Event }) {
  if (!event.who) return <span class="dim">Lytics-CM itself</span>;
  return (
    <div class="told">
      <span>{event.who.name}</span>
      <span class="small dim">{event.who.role}</span>
    </div>
  );
}
