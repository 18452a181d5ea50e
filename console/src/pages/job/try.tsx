/** One person sent with the real values of now, and what the list had of them before and after. */

import { useState } from "preact/hooks";
import { answered, api, type Schemas } from "../../api/client";
import { useAction } from "../../api/live";
import { Badge, Button, Card, Diff, Problem, TextField } from "../../components";
import { OUTCOMES, plain, WOULD } from "../../words/history";
import { type Export, named } from "../../words/jobs";

type Tried = Schemas["Tried"];

export function Try({ job, onDone }: { job: Export; onDone: () => Promise<void> }) {
  const [email, setEmail] = useState("");
  const [tried, setTried] = useState<Tried>();
  const attempt = useAction(async () => {
    setTried(undefined);
    const body = { email: email.trim() };
    setTried(await answered(api.POST("/exports/{id}/try", { params: { path: { id: job.id } }, body })));
    await onDone();
  });
  const { error } = attempt;
  return (
    <Card
      title="Try one person"
      about={
        job.dry_run
          ? "Looks one person up at Lytics and on the list. Nothing is written."
          : `Sends one person to ${named(job.list)} with the values that Lytics has now. All rules hold.`
      }
    >
      <form
        class="one-line"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt.run();
        }}
      >
        <TextField
          label="Address"
          value={email}
          onInput={(value) => {
            setEmail(value);
            attempt.clear();
          }}
          placeholder="jane@example.com"
          autocomplete="off"
          inputMode="email"
          maxLength={254}
          error={error?.of("email")}
        />
        <Button type="submit" busy={attempt.busy} disabled={!email.includes("@")}>
          {job.dry_run ? "Look up" : "Send this person"}
        </Button>
      </form>
      {error && !error.of("email") && (
        <Problem
          error={error}
          {...(error.status === 404 && { title: "Lytics does not know this address" })}
          {...(error.status === 409 && { title: "This person is not sent" })}
        />
      )}
      <div aria-live="polite">{tried && <Result of={tried} />}</div>
    </Card>
  );
}

function Result({ of: tried }: { of: Tried }) {
  const state = tried.outcome ? OUTCOMES[tried.outcome] : tried.would ? WOULD[tried.would] : null;
  return (
    <div class="stack tried">
      <p class="row">
        <strong>{tried.email}</strong>
        {state && <Badge tone={state.tone}>{state.says}</Badge>}
        {tried.resubscribed && <Badge tone="warn">Subscribed again</Badge>}
      </p>
      {(tried.code !== null || tried.message) && (
        <p>
          {tried.code !== null && <code>{tried.code}</code>} {tried.message && plain(tried.message)}
        </p>
      )}
      <Diff before={tried.before} after={tried.after} />
    </div>
  );
}
