/** Overview: what needs a person, and every import and export with how it is. */

import { useAuthorizations, useExports, useImports } from "../../api/jobs";
import { ButtonLink, Card, Empty, PageHead, Problem, Skeleton } from "../../components";
import { May, useMay } from "../../session/session";
import { Exports, Imports } from "./jobs";
import { Needs } from "./needs";

export default function Overview() {
  const accounts = useAuthorizations();
  const imports = useImports();
  const exports = useExports();
  const isConnected = accounts.data?.items.some((one) => one.status !== "pending") ?? false;
  const hasJobs = Boolean(imports.data?.items.length || exports.data?.items.length);
  const refresh = () => Promise.all([accounts.refresh(), imports.refresh(), exports.refresh()]);
  const error = accounts.error ?? imports.error ?? exports.error;
  const isRead = accounts.data && imports.data?.items && exports.data?.items;
  return (
    <>
      <PageHead
        title="Overview"
        actions={
          isConnected && (
            <May role="operator">
              <ButtonLink to="/new-import" icon="import">
                New import
              </ButtonLink>
              <ButtonLink to="/new-export" icon="export">
                New export
              </ButtonLink>
            </May>
          )
        }
      />
      {error && <Problem error={error} onRetry={refresh} />}
      <Needs imports={imports.data?.items ?? []} exports={exports.data?.items ?? []} onSolved={refresh} />
      {!isRead && !error && (
        <Card>
          <Skeleton lines={6} />
        </Card>
      )}
      {isRead && !hasJobs && (isConnected ? <NoJobs /> : <NoAccount />)}
      {imports.data && imports.data.items.length > 0 && <Imports jobs={imports.data.items} />}
      {exports.data && exports.data.items.length > 0 && <Exports jobs={exports.data.items} />}
    </>
  );
}

function NoAccount() {
  const mayConnect = useMay("admin");
  return (
    <Empty
      title="Connect an account"
      icon="key"
      action={
        mayConnect && (
          <ButtonLink to="/authorizations/new" kind="primary" icon="plus">
            Connect an account
          </ButtonLink>
        )
      }
    >
      <ol class="steps">
        <li>
          <strong>Authorize</strong> Lytics-CM to use your Campaign Monitor account.
        </li>
        <li>
          <strong>Import</strong> its lists: who is on them, and what they opened and clicked.
        </li>
        <li>
          <strong>Export</strong> your Lytics audiences to a list, and keep it in sync.
        </li>
      </ol>
      {!mayConnect && <p>An admin can do the first step.</p>}
    </Empty>
  );
}

function NoJobs() {
  return (
    <Empty
      title="Your account is connected"
      icon="check"
      action={
        <May role="operator" else={<p class="dim">An operator or an admin can start one.</p>}>
          <ButtonLink to="/new-import" kind="primary" icon="import">
            New import
          </ButtonLink>
          <ButtonLink to="/new-export" icon="export">
            New export
          </ButtonLink>
        </May>
      }
    >
      <p>Import your lists into Lytics, or export your audiences to a list.</p>
    </Empty>
  );
}
