/** A new import or a new export: who may start one, the form, and the card that says what it will do. */

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useBegun } from "../api/begun";
import { ApiError, type Schemas } from "../api/client";
import { useAction } from "../api/live";
import { Banner, BegunBefore, Button, Card, Empty, PageHead, Problem } from "../components";
import { go } from "../router";
import { useMay } from "../session/session";
import type { Kind } from "../words/jobs";
import type { Form } from "./form";

/** The page, for those who may start one. */
export function NewJob({
  kind,
  about,
  children,
}: {
  kind: Kind;
  about: string;
  children: ComponentChildren;
}) {
  const mayStart = useMay("operator");
  return (
    <>
      <PageHead title={`New ${kind}`} crumbs={[{ name: "Imports & exports", to: "/jobs" }]} about={about} />
      {mayStart ? (
        children
      ) : (
        <Empty title={`Viewers cannot start ${kind}s`} icon={kind}>
          Ask an admin for a session with the role operator.
        </Empty>
      )}
    </>
  );
}

interface How<C> {
  /** Under which name the choices are kept; null keeps none. */
  kept: string | null;
  fresh: () => C;
  /** What is missing or cannot be, by the names that the API has for it. */
  mistakesOf: (choices: C) => Schemas["Detail"][];
  /** Make it, as a preview or for good, and go where it is seen. */
  send: (choices: C, isPreview: boolean) => Promise<void>;
}

interface Starting<C> extends Form<C> {
  /** Send it, unless there are mistakes. */
  attempt: (isPreview: boolean) => void;
  /** Whether a preview, or one for good, is being made. */
  isBusy: (isPreview: boolean) => boolean;
  /** What the page found itself. */
  mistakes: readonly Schemas["Detail"][];
  problem: ApiError | undefined;
  isBack: boolean;
  startOver: () => void;
  end: () => void;
}

export function useNewJob<C extends object>({ kept, fresh, mistakesOf, send }: How<C>): Starting<C> {
  const { choices: draft, set, isBack, end } = useBegun(kept, fresh);
  const [tried, setTried] = useState<boolean>();
  const edit = useMemo(() => (change: Partial<C>) => set((before) => ({ ...before, ...change })), [set]);
  const sending = useAction(async (isPreview: boolean) => {
    await send(draft, isPreview);
    end();
  });
  const found = mistakesOf(draft);
  const mistakes = tried !== undefined && !sending.error ? found : [];
  const refusal = sending.error ?? new ApiError(422, "", mistakes);
  return {
    draft,
    edit,
    error: (field) => refusal.of(field),
    attempt: (isPreview) => {
      setTried(isPreview);
      if (found.length === 0) void sending.run(isPreview);
    },
    isBusy: (isPreview) => sending.busy && tried === isPreview,
    mistakes,
    problem: sending.error,
    isBack,
    startOver: () => set(fresh),
    end,
  };
}

export function NewJobForm<C>({
  of: form,
  kind,
  summary,
  hasPreview = false,
  cancelTo = "/jobs",
  children,
}: {
  of: Starting<C>;
  kind: Kind;
  summary: ComponentChildren;
  hasPreview?: boolean;
  cancelTo?: string | undefined;
  children: ComponentChildren;
}) {
  return (
    <form
      class="beside"
      onSubmit={(event) => {
        event.preventDefault();
        form.attempt(false);
      }}
    >
      <Card>
        {form.isBack && <BegunBefore onFresh={form.startOver} />}
        {children}
      </Card>
      <aside class="beside-card">
        <Card title="Summary">
          {summary}
          {form.problem && <Problem error={form.problem} />}
          {form.mistakes.length > 0 && (
            <Banner tone="bad" title="This needs another look">
              <ul>
                {form.mistakes.map((one) => (
                  <li key={one.message}>{one.message}</li>
                ))}
              </ul>
            </Banner>
          )}
          {hasPreview && (
            <Button wide busy={form.isBusy(true)} onClick={() => form.attempt(true)}>
              Preview
            </Button>
          )}
          <Button kind="primary" type="submit" wide busy={form.isBusy(false)}>
            Start {kind}
          </Button>
          {hasPreview && (
            <p class="small dim">A preview writes nothing: it shows who would be added and changed.</p>
          )}
          <Button
            kind="quiet"
            wide
            onClick={() => {
              form.end();
              go(cancelTo);
            }}
          >
            Cancel
          </Button>
        </Card>
      </aside>
    </form>
  );
}
