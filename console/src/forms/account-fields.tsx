/** The first fields of every new job: which account, and which of its clients. */

import { useEffect } from "preact/hooks";
import { useAuthorizations, useClients } from "../api/jobs";
import { Banner, ButtonLink, Picker, Problem } from "../components";
import { useMay } from "../session/session";
import type { Form } from "./form";

interface Place {
  account: string;
  client: string;
}

interface Props<C> extends Form<C> {
  /** What is chosen of a client, when none of it is. */
  unchosen: Partial<C>;
  /** What Lytics calls the field of the client here. */
  clientLabel: string;
  accountHelp: string;
}

/** One that is the only one is chosen at once. */
export function AccountFields<C extends Place>({ draft, edit, error, unchosen, ...told }: Props<C>) {
  const { account, client } = draft;
  const accounts = useAuthorizations();
  const clients = useClients(account || null);
  const active = accounts.data?.items.filter((one) => one.status === "active");
  const isNone = accounts.data?.items.every((one) => one.status === "pending");
  const revoked = accounts.data?.items.find((one) => one.status === "revoked");
  const only = active?.length === 1 ? active[0]?.id : undefined;
  const onlyClient = clients.data?.items.length === 1 ? clients.data.items[0]?.id : undefined;
  const mayConnect = useMay("admin");
  const choose = (chosen: Partial<Place>) => edit({ ...unchosen, ...chosen } as Partial<C>);
  useEffect(() => {
    if (!account && only) choose({ account: only, client: "" });
    else if (!client && onlyClient) choose({ client: onlyClient });
  });
  return (
    <>
      {isNone && (
        <Banner
          tone="note"
          title="No account is connected yet"
          action={
            mayConnect && (
              <ButtonLink to="/authorizations/new" kind="primary" icon="plus">
                Add new authorization
              </ButtonLink>
            )
          }
        >
          <p>Connect a Campaign Monitor account first.{!mayConnect && " An admin can do that."}</p>
        </Banner>
      )}
      {revoked && active?.length === 0 && (
        <Banner
          tone="bad"
          title="No account can be used now"
          action={
            <ButtonLink small to={`/authorizations/${revoked.id}`}>
              See {revoked.description}
            </ButtonLink>
          }
        >
          <p>Campaign Monitor takes the token of {revoked.description} no more. Reconnect it first.</p>
        </Banner>
      )}
      <Picker
        label="Account"
        placeholder="Choose an account"
        none="No account is connected."
        value={account}
        onChange={(account) => choose({ account, client: "" })}
        options={accounts.data?.items
          .filter((one) => one.status !== "pending")
          .map((one) => ({
            value: one.id,
            name: one.description,
            barred: one.status === "revoked" ? "access revoked: reconnect it" : undefined,
          }))}
        help={told.accountHelp}
        error={error("authorization_id")}
      />
      {accounts.error && <Problem error={accounts.error} onRetry={accounts.refresh} />}
      <Picker
        label={told.clientLabel}
        placeholder={account ? "Choose a client" : "Choose an account first"}
        none="This account has no client."
        disabled={!account}
        value={client}
        onChange={(client) => choose({ client })}
        options={clients.data?.items.map((one) => ({ value: one.id, name: one.name }))}
        error={error("client_id")}
      />
      {clients.error && <Problem error={clients.error} onRetry={clients.refresh} />}
    </>
  );
}
