/** An account: how it is, its clients, who uses it; reconnect, delete. */

import type { ComponentChildren } from "preact";
import { answered, api } from "../../api/client";
import { useClients, useExports, useImports } from "../../api/jobs";
import { useAction, useLive } from "../../api/live";
import {
  Badge,
  Banner,
  Button,
  ButtonLink,
  Card,
  Empty,
  Facts,
  PageHead,
  Problem,
  Skeleton,
  Sure,
  Time,
  toast,
} from "../../components";
import { go, Link, type Params } from "../../router";
import { May, useMay } from "../../session/session";
import { type Authorization, accountState } from "../../words/accounts";
import { exportName, importName, pathOf } from "../../words/jobs";
import { sentence } from "../../words/problems";

export default function OneAuthorization({ id = "" }: Params) {
  const account = useLive(
    `/authorizations/${id}`,
    (signal) => api.GET("/authorizations/{id}", { params: { path: { id } }, signal }),
    { busy: (one) => one.status === "pending" && Boolean(one.authorize_until) },
  );
  const one = account.data;
  const jobs = useJobs(id);
  const crumbs = [{ name: "Authorizations", to: "/authorizations" }];
  if (!one)
    return (
      <>
        <PageHead title="Authorization" crumbs={crumbs} />
        {account.error ? <Problem error={account.error} onRetry={account.refresh} /> : <Skeleton lines={5} />}
      </>
    );
  const state = accountState(one.status);
  return (
    <>
      <PageHead
        title={one.description}
        crumbs={crumbs}
        state={<Badge tone={state.tone}>{state.says}</Badge>}
        actions={
          <May role="admin">
            {one.status === "active" && <Reconnect id={id}>Reconnect</Reconnect>}
            <Delete account={one} jobs={jobs} />
          </May>
        }
      />
      {account.error && <Problem error={account.error} onRetry={account.refresh} />}
      <Access account={one} />
      <UsedBy account={one} jobs={jobs} />
      <Clients account={one} />
    </>
  );
}

/** To Campaign Monitor for a new consent; its jobs go on afterwards. */
function Reconnect({
  id,
  primary,
  children,
}: {
  id: string;
  primary?: boolean;
  children: ComponentChildren;
}) {
  const reconnect = useAction(async () => {
    const path = { params: { path: { id } } };
    const { authorize_url } = await answered(api.POST("/authorizations/{id}/reconnect", path));
    location.assign(authorize_url);
  });
  return (
    <>
      <Button
        kind={primary ? "primary" : "plain"}
        icon="outside"
        busy={reconnect.busy}
        onClick={() => reconnect.run()}
      >
        {children}
      </Button>
      {reconnect.error && <Problem error={reconnect.error} />}
    </>
  );
}

function Access({ account }: { account: Authorization }) {
  const mayConnect = useMay("admin");
  const ask = mayConnect ? null : <p>An admin can do that.</p>;
  if (account.status === "revoked")
    return (
      <Banner
        tone="bad"
        title="Campaign Monitor takes its token no more"
        action={
          mayConnect && (
            <Reconnect id={account.id} primary>
              Reconnect
            </Reconnect>
          )
        }
      >
        {account.message && <p>{sentence(account.message)}</p>}
        <p>Reconnect it, and its jobs go on where they were.</p>
        {ask}
      </Banner>
    );
  if (account.status === "pending")
    return (
      <Banner
        tone="warn"
        title="Nobody has allowed access yet"
        action={
          mayConnect &&
          (account.authorize_url ? (
            <Button
              kind="primary"
              icon="outside"
              onClick={() => location.assign(account.authorize_url ?? "")}
            >
              Go to Campaign Monitor
            </Button>
          ) : (
            <Reconnect id={account.id} primary>
              Go to Campaign Monitor
            </Reconnect>
          ))
        }
      >
        {account.message && <p>{sentence(account.message)}</p>}
        <p>
          Log in at Campaign Monitor and click <strong>Allow access</strong>.{" "}
          {account.authorize_until && (
            <>
              The way there is open until <Time at={account.authorize_until} />.
            </>
          )}
        </p>
        {ask}
      </Banner>
    );
  return (
    <Card>
      <Facts
        of={[
          ["Connected", <Time key="at" at={account.connected_at} />],
          ["Added", <Time key="made" at={account.created_at} />],
        ]}
      />
    </Card>
  );
}

/** The jobs of an account; undefined until all are known. */
function useJobs(id: string) {
  const imports = useImports();
  const exports = useExports();
  if (!imports.data || !exports.data) return undefined;
  return [
    ...imports.data.items.map((job) => ({ job, name: importName(job), to: pathOf("import", job.id) })),
    ...exports.data.items.map((job) => ({ job, name: exportName(job), to: pathOf("export", job.id) })),
  ].filter(({ job }) => job.authorization_id === id);
}

interface Used {
  account: Authorization;
  jobs: ReturnType<typeof useJobs>;
}

function UsedBy({ account, jobs }: Used) {
  if (!jobs || (account.status !== "active" && jobs.length === 0)) return null;
  if (jobs.length === 0)
    return (
      <Empty
        title="You are ready to start a workflow"
        icon="check"
        action={
          <May role="operator">
            <ButtonLink kind="primary" icon="import" to={`/new-import?account=${account.id}`}>
              New import
            </ButtonLink>
            <ButtonLink icon="export" to={`/new-export?account=${account.id}`}>
              New export
            </ButtonLink>
          </May>
        }
      >
        No import or export uses this account yet.
      </Empty>
    );
  return (
    <Card title="Used by">
      <ul class="lines">
        {jobs.map(({ job, name, to }) => (
          <li key={job.id}>
            <Link to={to}>{name}</Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Clients({ account }: { account: Authorization }) {
  const clients = useClients(account.status === "active" ? account.id : null);
  if (account.status !== "active") return null;
  return (
    <Card title="Clients" about="What this account has at Campaign Monitor.">
      {clients.error && <Problem error={clients.error} onRetry={clients.refresh} />}
      {clients.loading && <Skeleton lines={3} />}
      {clients.data && (
        <ul class="lines">
          {clients.data.items.map((client) => (
            <li key={client.id}>{client.name}</li>
          ))}
          {clients.data.items.length === 0 && <li class="dim">It has none yet.</li>}
        </ul>
      )}
    </Card>
  );
}

function Delete({ account, jobs }: Used) {
  const remove = useAction(async () => {
    await answered(api.DELETE("/authorizations/{id}", { params: { path: { id: account.id } } }));
    toast(`${account.description} was deleted.`);
    go("/authorizations");
    return true;
  });
  return (
    <Sure
      kind="danger"
      icon="bin"
      button="Delete"
      title={`Delete “${account.description}”?`}
      yes="Delete"
      busy={remove.busy}
      onSure={async () => Boolean(await remove.run())}
      error={remove.error && <Problem error={remove.error} />}
      barred={jobs === undefined || jobs.length > 0}
    >
      {jobs && jobs.length > 0 ? (
        <>
          <p>It cannot be deleted while jobs use it. Delete these first:</p>
          <ul class="lines">
            {jobs.map(({ job, name, to }) => (
              <li key={job.id}>
                <Link to={to}>{name}</Link>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>Lytics-CM cannot use the account any more. At Campaign Monitor nothing changes.</p>
      )}
    </Sure>
  );
}
