/** The people of an export: what became of each and why, found by address; and one of them sent to see. */

import { api, type Schemas } from "../../api/client";
import { usePages } from "../../api/pages";
import { Badge, Button, Card, Empty, PagedTable, SelectField, Time } from "../../components";
import { go, Link, usePlace } from "../../router";
import { capital, OUTCOMES, plain } from "../../words/history";
import { type Export, isBusy, pathOf, triggerOf } from "../../words/jobs";
import { TryOne } from "../export-steps/try-one";
import { personPath } from "../people/place";
import { AddressFilter } from "./address-filter";
import { Sent } from "./sent";

type Entry = Schemas["LedgerEntry"];
type Outcome = Entry["outcome"];

const PER_PAGE = 25;

export function People({ job }: { job: Export }) {
  const { query } = usePlace();
  const email = query.get("email") ?? "";
  const asked = query.get("outcome") ?? "";
  const outcome = asked in OUTCOMES ? (asked as Outcome) : "";
  const { id } = job;
  const here = `${pathOf("export", id)}/people`;
  const pages = usePages<Schemas["LedgerEntryPage"]>(
    `${here} ${email} ${outcome}`,
    (cursor, signal) => search(id, { email, outcome }, cursor, signal),
    { busy: () => isBusy(job) },
  );
  const show = (next: { email: string; outcome: string }) => {
    const wanted = new URLSearchParams(Object.entries(next).filter(([, value]) => value));
    go([here, wanted.toString()].filter(Boolean).join("?"), { replace: true });
  };
  return (
    <>
      <TryOne job={job} onDone={pages.first.refresh} />
      <Card title="What became of people" about="Of the last 90 days, newest first.">
        <AddressFilter email={email} show={(email) => show({ email, outcome })}>
          <SelectField
            label="Outcome"
            value={outcome}
            options={[
              { value: "", name: "All outcomes" },
              ...Object.entries(OUTCOMES).map(([value, { says }]) => ({
                value: value as Outcome,
                name: says,
              })),
            ]}
            onChange={(outcome) => show({ email, outcome })}
          />
        </AddressFilter>
        <PagedTable
          label="People"
          pages={pages}
          keyOf={(one) => `${one.email} ${one.at} ${one.outcome} ${one.trigger}`}
          columns={[
            {
              name: "Person",
              cell: (one) => (
                <Link class="address" to={personPath(one.email)}>
                  {one.email}
                </Link>
              ),
            },
            { name: "Outcome", cell: (one) => <Became of={one} /> },
            { name: "Code and reason", cell: (one) => <Why of={one} /> },
            { name: "Because of", cell: (one) => <Because of={one} job={job} /> },
            { name: "When", cell: (one) => <Time at={one.at} /> },
          ]}
          empty={
            email || outcome ? (
              <Empty
                title="Nobody here"
                icon="search"
                action={<Button onClick={() => show({ email: "", outcome: "" })}>Show all</Button>}
              >
                {email ? `Nothing is known of ${email} in this export` : "Of nobody did this become"}
                {email && outcome ? " that ended so" : ""}. Entries are kept for 90 days.
              </Empty>
            ) : (
              <Empty title="Nobody was sent yet" icon="people">
                People are sent as they enter or leave an audience.
              </Empty>
            )
          }
        />
      </Card>
    </>
  );
}

/** The next page that has somebody on it: one request looks at so many entries. */
async function search(
  id: string,
  wanted: { email: string; outcome: Outcome | "" },
  cursor: string | undefined,
  signal?: AbortSignal,
) {
  const query: { limit: number; email?: string; outcome?: Outcome; cursor?: string } = { limit: PER_PAGE };
  if (wanted.email) query.email = wanted.email;
  if (wanted.outcome) query.outcome = wanted.outcome;
  if (cursor) query.cursor = cursor;
  for (;;) {
    const params = { path: { id }, query };
    const answer = await api.GET("/exports/{id}/ledger", { params, ...(signal && { signal }) });
    if (!answer.data || answer.data.items.length > 0 || !answer.data.cursor) return answer;
    query.cursor = answer.data.cursor;
  }
}

function Became({ of: entry }: { of: Entry }) {
  const state = OUTCOMES[entry.outcome];
  return (
    <div class="told">
      <Badge tone={state.tone}>{state.says}</Badge>
      {entry.resubscribed && <span class="small dim">Subscribed again</span>}
      <Sent of={entry} />
    </div>
  );
}

function Why({ of: entry }: { of: Entry }) {
  if (entry.code === null && !entry.message) return <span class="dim">–</span>;
  return (
    <div class="told">
      {entry.code !== null && (
        <span>
          <code class="whole">{entry.code}</code>
        </span>
      )}
      {entry.message && <span class="small">{plain(entry.message)}</span>}
    </div>
  );
}

const DEEDS: Record<string, string> = {
  enter: "Entered",
  exit: "Left",
  seen: "Was in",
  change: "Fields changed",
};

function Because({ of: entry, job }: { of: Entry; job: Export }) {
  const { cause } = entry;
  const audience = job.audiences.find((one) => one.slug === cause?.slug);
  return (
    <div class="told">
      <span>
        {cause
          ? `${DEEDS[cause.event] ?? cause.event} ${audience?.name ?? cause.slug ?? ""}`
          : capital(triggerOf(entry.trigger))}
      </span>
      {cause && entry.trigger !== "audience" && (
        <span class="small dim">{capital(triggerOf(entry.trigger))}</span>
      )}
    </div>
  );
}
