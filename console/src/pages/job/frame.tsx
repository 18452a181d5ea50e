/** What surrounds every tab of a job: its name, how it is, what can be done with it, its tabs, and what is the matter. */

import type { ComponentChildren } from "preact";
import type { Live } from "../../api/live";
import { useAction } from "../../api/live";
import {
  Badge,
  Banner,
  Button,
  ButtonLink,
  PageHead,
  Problem,
  Skeleton,
  Sure,
  Tabs,
  toast,
} from "../../components";
import { May } from "../../session/session";
import { type Kind, pathOf, type State } from "../../words/jobs";
import { sentence, toReconnect } from "../../words/problems";
import { routesOf } from "./routes";

export interface Tab {
  /** The last part of its address; empty is the first one. */
  at: string;
  name: string;
  count?: number | undefined;
}

export interface Named {
  kind: Kind;
  id: string;
  name: string;
}

const CRUMBS: Record<Kind, { name: string; to: string }> = {
  import: { name: "Imports & exports", to: "/jobs?kind=import" },
  export: { name: "Imports & exports", to: "/jobs?kind=export" },
};

export function Frame({
  of: job,
  state,
  where,
  actions,
  tabs,
  children,
}: {
  of: Named;
  state: State;
  where: readonly string[];
  actions: ComponentChildren;
  tabs: readonly Tab[];
  children: ComponentChildren;
}) {
  const path = pathOf(job.kind, job.id);
  return (
    <>
      <PageHead
        title={job.name}
        crumbs={[CRUMBS[job.kind]]}
        state={<Badge tone={state.tone}>{state.says}</Badge>}
        about={
          <span class="path">
            {where.map((part) => (
              <span key={part}>{part}</span>
            ))}
          </span>
        }
        actions={<May role="operator">{actions}</May>}
      />
      <Tabs
        label={`Parts of this ${job.kind}`}
        tabs={tabs.map((tab) => ({
          name: tab.name,
          to: tab.at ? `${path}/${tab.at}` : path,
          count: tab.count,
        }))}
      />
      {children}
    </>
  );
}

/** What is shown instead of a job that is not there yet, or never. */
export function Missing<T>({ kind, asked }: { kind: Kind; asked: Live<T> }) {
  return (
    <>
      <PageHead title={kind === "import" ? "Import" : "Export"} crumbs={[CRUMBS[kind]]} />
      {asked.error ? <Problem error={asked.error} onRetry={asked.refresh} /> : <Skeleton lines={8} />}
    </>
  );
}

/** A button that does something with a job at once; what went wrong stands beside it. */
export function Do({
  name,
  icon,
  primary = false,
  said,
  act,
  onDone,
}: {
  name: string;
  icon: "play" | "retry" | "pause";
  primary?: boolean;
  /** What is said when it was done. */
  said: string;
  act: () => Promise<unknown>;
  onDone: () => Promise<void>;
}) {
  const action = useAction(async () => {
    await act();
    toast(said);
    await onDone();
  });
  return (
    <>
      <Button
        icon={icon}
        kind={primary ? "primary" : "plain"}
        busy={action.busy}
        onClick={() => action.run()}
      >
        {name}
      </Button>
      {action.error && <Problem error={action.error} />}
    </>
  );
}

export function Start({ of: job, onDone }: { of: Named; onDone: () => Promise<void> }) {
  return (
    <Do
      name="Start"
      icon="play"
      primary
      said={`The ${job.kind} goes on.`}
      act={() => routesOf(job.kind).start(job.id)}
      onDone={onDone}
    />
  );
}

const STOPS: Record<Kind, string> = {
  import:
    "Its run stops within a page and keeps what it has read. Its schedule and its webhooks at Campaign Monitor are removed. Everything that was imported stays. Start goes on where it was.",
  export:
    "Nothing is sent any more. Who enters or leaves an audience meanwhile is kept in mind, and sent after a start. The list stays as it is.",
};

export function Stop({ of: job, onDone }: { of: Named; onDone: () => Promise<void> }) {
  const stop = useAction(async () => {
    await routesOf(job.kind).stop(job.id);
    return true;
  });
  return (
    <Sure
      button="Stop"
      icon="pause"
      title={`Stop “${job.name}”?`}
      yes={`Stop ${job.kind}`}
      busy={stop.busy}
      error={stop.error && <Problem error={stop.error} />}
      onSure={async () => {
        if (!(await stop.run())) return false;
        toast(`The ${job.kind} was stopped.`);
        await onDone();
        return true;
      }}
    >
      <p>{STOPS[job.kind]}</p>
    </Sure>
  );
}

/** Nothing is done, and why; with the button that changes that. */
export function Halted({
  of: job,
  status,
  message,
  action,
}: {
  of: Named;
  status: "stopped" | "failed";
  message: string | undefined;
  action: ComponentChildren;
}) {
  const isFailed = status === "failed";
  const account = message && toReconnect(message);
  if (isFailed && account)
    return (
      <Banner
        tone="bad"
        title="Campaign Monitor does not accept its account any more"
        action={
          <ButtonLink kind="primary" to={`/authorizations/${account}`}>
            See the account
          </ButtonLink>
        }
      >
        <p>Reconnect the account, and this {job.kind} goes on by itself.</p>
      </Banner>
    );
  return (
    <Banner
      tone={isFailed ? "bad" : "off"}
      title={isFailed ? `This ${job.kind} cannot go on` : `This ${job.kind} is stopped`}
      action={<May role="operator">{action}</May>}
    >
      {message ? <p>{sentence(message)}</p> : !isFailed && <p>It does nothing until somebody starts it.</p>}
      <May role="operator" else={<p>An operator or an admin can start it.</p>}>
        {null}
      </May>
    </Banner>
  );
}
