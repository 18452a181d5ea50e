/** A preview: what would become of people, in numbers and one by one; nothing is written. */

import { useState } from "preact/hooks";
import { type ApiError, answered, api, type Schemas } from "../../api/client";
import { useAction } from "../../api/live";
import { usePages } from "../../api/pages";
import {
  Badge,
  Banner,
  Button,
  ButtonLink,
  Card,
  Diff,
  Empty,
  PageHead,
  Problem,
  Progress,
  Skeleton,
  Sure,
  Table,
  toast,
} from "../../components";
import { go } from "../../router";
import { May } from "../../session/session";
import { WOULD } from "../../words/history";
import { count, type Export, exportName, exportState, exportWhere } from "../../words/jobs";
import { sentence } from "../../words/problems";
import { TryOne } from "./try-one";

type Planned = Schemas["Planned"];

const SHOWN = 10;

export function Preview({
  job,
  error,
  put,
}: {
  job: Export;
  error: ApiError | undefined;
  put: (job: Export) => void;
}) {
  const path = { params: { path: { id: job.id } } };
  const start = useAction(async () => {
    put(await answered(api.PATCH("/exports/{id}", { ...path, body: { dry_run: false } })));
    toast("The export has started.");
  });
  const discard = useAction(async () => {
    await answered(api.DELETE("/exports/{id}", path));
    toast("The preview was discarded.");
    go("/");
    return true;
  });
  const state = exportState(job);
  return (
    <>
      <PageHead
        title={exportName(job)}
        crumbs={[{ name: "Imports & exports", to: "/jobs" }]}
        state={<Badge tone={state.tone}>{state.says}</Badge>}
        about={exportWhere(job).join(" › ")}
        actions={
          <May role="operator">
            <Sure
              button="Discard"
              kind="quiet"
              title="Discard this preview?"
              yes="Discard"
              busy={discard.busy}
              error={discard.error && <Problem error={discard.error} />}
              onSure={async () => Boolean(await discard.run())}
            >
              <p>What was chosen for it is forgotten. Nothing has been written to the list.</p>
            </Sure>
            <ButtonLink to={`/new-export?from=${job.id}`}>Change</ButtonLink>
            <Button kind="primary" busy={start.busy} onClick={() => start.run()}>
              Start export
            </Button>
          </May>
        }
      />
      {error && <Problem error={error} />}
      {start.error && <Problem error={start.error} />}
      {job.status === "failed" && (
        <Banner tone="bad" title="The preview cannot be made">
          <p>{sentence(job.message ?? "See its failures")}</p>
        </Banner>
      )}
      <Banner tone="note" title="This is a preview: nothing is written to the list" />
      {job.existing_users ? (
        <Plan job={job} />
      ) : (
        <Empty title="Nobody would be sent at the start" icon="people">
          Existing Users is not checked, so only those are added who enter an audience from now on. Try one
          person below, or change the export and check it.
        </Empty>
      )}
      <TryOne job={job} />
      <Notes job={job} />
    </>
  );
}

function Plan({ job }: { job: Export }) {
  const [shown, setShown] = useState(SHOWN);
  const isOver = job.status === "stopped" || job.status === "failed";
  const plan = usePages(
    `/exports/${job.id}/plan ${job.status} ${JSON.stringify(job.audiences)} ${JSON.stringify(job.field_mappings)}`,
    (cursor, signal) =>
      api.GET("/exports/{id}/plan", { params: { path: { id: job.id }, query: { cursor } }, signal }),
    { busy: () => !isOver, poll: !isOver },
  );
  if (!plan.first.data || !plan.items)
    return plan.first.error ? (
      <Problem error={plan.first.error} onRetry={plan.first.refresh} />
    ) : (
      <Skeleton />
    );
  const { totals } = plan.first.data;
  const people = plan.items.slice(0, shown);
  const more = async () => {
    if (plan.items && shown + SHOWN > plan.items.length && plan.hasMore) await plan.more.run();
    setShown(shown + SHOWN);
  };
  return (
    <>
      {!isOver && <Readings job={job} />}
      <dl class="tiles" aria-label="Totals">
        {Object.entries(WOULD).map(([would, { says, tone }]) => (
          <div key={would} data-tone={tone}>
            <dt>{says}</dt>
            <dd>{totals[would as Planned["would"]].toLocaleString()}</dd>
          </div>
        ))}
      </dl>
      <Card title="People" about="What the list has of them, and what it would have.">
        {people.length === 0 ? (
          <p class="dim">{isOver ? "Nobody is in these audiences." : "Nobody was looked at yet."}</p>
        ) : (
          <Table
            label="People of the preview"
            rows={people}
            keyOf={(one) => one.email}
            columns={columnsOf(job)}
          />
        )}
        {plan.more.error && <Problem error={plan.more.error} />}
        {(plan.items.length > shown || plan.hasMore) && (
          <div>
            <Button busy={plan.more.busy} onClick={more}>
              Show more
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}

const columnsOf = (job: Export) => [
  { name: "Person", cell: (one: Planned) => one.email },
  {
    name: "Would",
    cell: (one: Planned) => <Badge tone={WOULD[one.would].tone}>{WOULD[one.would].says}</Badge>,
  },
  {
    name: "Before and after",
    cell: (one: Planned) => (
      <>
        {one.would !== "refuse" && (
          <Diff before={one.before} after={one.after} fields={Object.values(job.field_mappings)} />
        )}
        {one.why && <p class="small">{sentence(one.why)}</p>}
      </>
    ),
  },
];

/** How far the people of the audiences are read. */
function Readings({ job }: { job: Export }) {
  const named = new Map(job.audiences.map((one) => [one.slug, one.name ?? one.slug]));
  return (
    <Card title="Reading the audiences">
      {job.existing?.map((one) => (
        <Progress
          key={one.slug}
          label={named.get(one.slug) ?? one.slug}
          value={one.done ? 1 : one.total ? one.read : null}
          max={one.done ? 1 : one.total}
          says={
            one.failed ? sentence(one.failed) : `${one.read.toLocaleString()} of ${count(one.total, "user")}`
          }
        />
      ))}
      {!job.existing?.length && <Progress label="Looking at the list" value={null} />}
    </Card>
  );
}

/** What its set-up makes, or would make, on the list. */
export function Notes({ job }: { job: Export }) {
  if (job.notes.length === 0) return null;
  return (
    <Card title={job.dry_run ? "What would be made on the list" : "What was made on the list"}>
      <ul class="lines">
        {job.notes.map((note) => (
          <li key={note}>{sentence(note)}</li>
        ))}
      </ul>
    </Card>
  );
}
