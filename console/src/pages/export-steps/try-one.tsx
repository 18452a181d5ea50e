/** Try one person: of a preview what would become of them, else they are sent. */

import { useState } from "preact/hooks";
import { answered, api } from "../../api/client";
import { useAction } from "../../api/live";
import { Button, Card, Diff, Problem, TextField } from "../../components";
import { May } from "../../session/session";
import { plain } from "../../words/history";
import type { Export } from "../../words/jobs";

export function TryOne({ job, onDone }: { job: Export; onDone?: () => Promise<void> }) {
  const [email, setEmail] = useState("");
  const [found, setFound] = useState<Awaited<ReturnType<typeof ask>>>();
  const attempt = useAction(async () => {
    setFound(undefined);
    setFound(await ask(job.id, email.trim()));
    await onDone?.();
  });
  return (
    <May role="operator">
      <Card
        title={job.dry_run ? "Try one person" : "Send one person"}
        about={
          job.dry_run
            ? "What would become of somebody who is in one of the audiences. Nothing is written."
            : "This writes to the list: somebody who is in one of the audiences is sent to it at once."
        }
      >
        <form
          class="inline-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (email.trim()) void attempt.run();
          }}
        >
          <TextField
            label="Email address"
            type="email"
            autocomplete="off"
            value={email}
            onInput={setEmail}
            error={attempt.error?.of("email")}
          />
          <Button type="submit" busy={attempt.busy} disabled={!email.trim()}>
            {job.dry_run ? "Try" : "Send now"}
          </Button>
        </form>
        {attempt.error && <Problem error={attempt.error} title={TITLES[attempt.error.status]} />}
        {found && (
          <div class="stack" role="status">
            <p>
              <strong>{found.email}</strong>: {outcomeOf(found.would ?? found.outcome)}
              {found.message && ` ${plain(found.message)}`} {found.code !== null && <code>{found.code}</code>}
            </p>
            <Diff before={found.before} after={found.after} fields={Object.values(job.field_mappings)} />
          </div>
        )}
      </Card>
    </May>
  );
}

function ask(id: string, email: string) {
  return answered(api.POST("/exports/{id}/try", { params: { path: { id } }, body: { email } }));
}

/** What went wrong with a try, by status. */
const TITLES: Record<number, string> = {
  404: "Lytics does not know this person",
  409: "This cannot be done with this person",
};

const OUTCOMES: Record<string, string> = {
  add: "would be added.",
  change: "would be changed.",
  keep: "would stay as they are.",
  resubscribe: "would be subscribed again.",
  refuse: "would be refused.",
  added: "was added.",
  changed: "was changed.",
  removed: "has lost the last audience.",
  skipped: "was left as they are.",
  refused: "was refused.",
  kept_out: "was not added, for want of a consent.",
};

function outcomeOf(outcome: string | null): string {
  return outcome === null ? "" : (OUTCOMES[outcome] ?? outcome);
}
