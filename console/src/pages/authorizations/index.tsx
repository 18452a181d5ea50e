/** The accounts of Campaign Monitor that are connected, or are to be. */

import { useAuthorizations, useClients, useExports, useImports } from "../../api/jobs";
import { useSeen } from "../../api/seen";
import { Badge, ButtonLink, Card, Empty, Num, PageHead, Problem, Skeleton, Table } from "../../components";
import { Link } from "../../router";
import { May } from "../../session/session";
import { type Authorization, accountState } from "../../words/accounts";
import { count } from "../../words/jobs";

export default function Authorizations() {
  const accounts = useAuthorizations();
  const imports = useImports();
  const exports = useExports();
  const jobs = [...(imports.data?.items ?? []), ...(exports.data?.items ?? [])];
  const isCounted = Boolean(imports.data && exports.data);
  const usedBy = (id: string) => jobs.filter((job) => job.authorization_id === id).length;
  const add = (
    <May role="admin">
      <ButtonLink to="/authorizations/new" kind="primary" icon="plus">
        Add new authorization
      </ButtonLink>
    </May>
  );
  return (
    <>
      <PageHead
        title="Authorizations"
        about="The Campaign Monitor accounts that Lytics may use."
        actions={Boolean(accounts.data?.items.length) && add}
      />
      {accounts.error && <Problem error={accounts.error} onRetry={accounts.refresh} />}
      {accounts.loading && (
        <Card>
          <Skeleton lines={4} />
        </Card>
      )}
      {accounts.data?.items.length === 0 && (
        <Empty title="No account is connected yet" icon="key" action={add}>
          You log in at Campaign Monitor and allow access. No password comes here.
        </Empty>
      )}
      {accounts.data && accounts.data.items.length > 0 && (
        <Card>
          <Table
            label="Authorizations"
            rows={accounts.data.items}
            keyOf={(one) => one.id}
            columns={[
              {
                name: "Description",
                cell: (one) => (
                  <div class="job-name">
                    <Link to={`/authorizations/${one.id}`}>{one.description}</Link>
                  </div>
                ),
              },
              {
                name: "State",
                cell: (one) => (
                  <Badge tone={accountState(one.status).tone}>{accountState(one.status).says}</Badge>
                ),
              },
              { name: "Clients", cell: (one) => <Clients account={one} />, number: true },
              {
                name: "Used by",
                cell: (one) =>
                  isCounted ? (
                    usedBy(one.id) ? (
                      count(usedBy(one.id), "job")
                    ) : (
                      <span class="dim">nothing</span>
                    )
                  ) : (
                    ""
                  ),
              },
            ]}
          />
        </Card>
      )}
    </>
  );
}

/** How many clients an account has: a call to Campaign Monitor, made for what is in view. */
function Clients({ account }: { account: Authorization }) {
  const { ref, isSeen } = useSeen<HTMLSpanElement>();
  const clients = useClients(isSeen && account.status === "active" ? account.id : null);
  return (
    <span ref={ref}>
      {clients.error ? <span title={clients.error.message}>?</span> : <Num of={clients.data?.items.length} />}
    </span>
  );
}
