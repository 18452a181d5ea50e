/** The queues, and what failed five times in each: put back by a button. */

import { answered, api, type Schemas } from "../../api/client";
import { useAction, useLive } from "../../api/live";
import { Badge, Card, Num, Problem, Skeleton, Sure, Table, Time, toast } from "../../components";
import { Link } from "../../router";
import { May } from "../../session/session";
import { lasting } from "../../words/times";
import type { System } from "./index";
import { Unreadable } from "./parts";

const CARRIES: Record<string, string> = {
  rows: "Rows that somebody waits for",
  bulk: "Rows of imports, and all that nobody waits for",
  pages: "Pages to read of Campaign Monitor",
  changes: "People to send to lists",
};

export function Queues({ queues, refresh }: { queues: System["queues"]; refresh: () => Promise<void> }) {
  if (queues === null) return <Unreadable what="Queues" />;
  const isAnyDead = queues.some((one) => one.dead_letters > 0);
  return (
    <>
      <Card title="Queues" about="About so many messages: SQS counts them roughly.">
        <Table
          label="Queues"
          rows={queues}
          keyOf={(one) => one.name}
          columns={[
            {
              name: "Queue",
              cell: (one) => (
                <>
                  <strong>{one.name}</strong> <span class="dim small">{CARRIES[one.name]}</span>
                </>
              ),
            },
            { name: "Waiting", number: true, cell: (one) => <Num of={one.waiting} /> },
            { name: "In hand", number: true, cell: (one) => <Num of={one.in_flight} /> },
            { name: "Put off", number: true, cell: (one) => <Num of={one.delayed} /> },
            {
              name: "Oldest",
              number: true,
              cell: (one) =>
                one.oldest_seconds === null ? <span class="dim">–</span> : lasting(one.oldest_seconds),
            },
            {
              name: "Dead letters",
              number: true,
              cell: (one) =>
                one.dead_letters ? (
                  <Badge tone="bad">{one.dead_letters.toLocaleString()}</Badge>
                ) : (
                  <Num of={0} />
                ),
            },
          ]}
        />
      </Card>
      {isAnyDead && <DeadLetters refresh={refresh} />}
    </>
  );
}

function DeadLetters({ refresh }: { refresh: () => Promise<void> }) {
  const asked = useLive("/dead-letters", (signal) => api.GET("/dead-letters", { signal }));
  if (!asked.data)
    return asked.error ? <Problem error={asked.error} onRetry={asked.refresh} /> : <Skeleton lines={4} />;
  return (
    <>
      {asked.data.items
        .filter((one) => one.messages > 0)
        .map((one) => (
          <Letters key={one.queue} of={one} onDone={() => Promise.all([asked.refresh(), refresh()])} />
        ))}
    </>
  );
}

function Letters({ of: dead, onDone }: { of: Schemas["DeadLetters"]; onDone: () => Promise<unknown> }) {
  const redrive = useAction(() =>
    answered(api.POST("/dead-letters/{queue}/redrive", { params: { path: { queue: dead.queue } } })),
  );
  return (
    <Card
      title={`Dead letters of ${dead.queue}`}
      about="Messages that failed five times. Mend the reason first: the function’s log has it."
      actions={
        <May role="operator">
          <Sure
            button="Put them back"
            icon="retry"
            title={`Put the dead letters of ${dead.queue} back?`}
            yes="Put them back"
            busy={redrive.busy}
            error={redrive.error && <Problem error={redrive.error} />}
            onSure={async () => {
              const done = await redrive.run();
              if (!done) return false;
              toast(said(done));
              await onDone();
              return true;
            }}
          >
            <p>They are handled as if they had never been away. Nothing counts twice.</p>
          </Sure>
        </May>
      }
    >
      <Table
        label={`Dead letters of ${dead.queue}`}
        rows={dead.sample}
        keyOf={(one) => `${one.kind} ${one.job} ${one.sent_at}`}
        columns={[
          { name: "What", cell: (one) => one.kind },
          { name: "Job", cell: (one) => (one.job ? <JobOf id={one.job} /> : <span class="dim">–</span>) },
          { name: "Sent", cell: (one) => <Time at={one.sent_at} /> },
        ]}
      />
      {dead.messages > dead.sample.length && (
        <p class="dim small">
          {dead.sample.length} of about {dead.messages.toLocaleString()} are shown.
        </p>
      )}
    </Card>
  );
}

function said(done: Schemas["Redriven"]): string {
  const moved = done.moved === null ? "SQS moves them now" : `${done.moved.toLocaleString()} were put back`;
  return done.remaining > 0 && done.moved !== null ? `${moved}; ${done.remaining} are left` : moved;
}

function JobOf({ id }: { id: string }) {
  return <Link to={`/${id.startsWith("export") ? "exports" : "imports"}/${id}`}>{id}</Link>;
}
