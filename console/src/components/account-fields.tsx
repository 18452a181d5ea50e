/** The first fields of every new job: which account, and which of its clients. */

import { useEffect } from "preact/hooks";
import type { ApiError } from "../api/client";
import { useAuthorizations, useClients } from "../api/jobs";
import { May } from "../session/session";
import { ButtonLink } from "./button";
import { Picker } from "./picker";
import { Problem } from "./problem";
import { Banner } from "./states";

interface Props {
  account: string;
  client: string;
  onAccount: (id: string) => void;
  onClient: (id: string) => void;
  /** What the seed calls the field of the client here. */
  clientLabel: string;
  accountHelp: string;
  clientHelp?: string;
  refusal: ApiError | undefined;
}

/** One that is the only one is chosen at once. */
export function AccountFields(props: Props) {
  const { account, client, onAccount, onClient, refusal } = props;
  const accounts = useAuthorizations();
  const clients = useClients(account || null);
  const active = accounts.data?.items.filter((one) => one.status === "active");
  const isNone = accounts.data?.items.every((one) => one.status === "pending");
  const only = active?.length === 1 ? active[0]?.id : undefined;
  const onlyClient = clients.data?.items.length === 1 ? clients.data.items[0]?.id : undefined;
  useEffect(() => {
    if (!account && only) onAccount(only);
  }, [account, only, onAccount]);
  useEffect(() => {
    if (!client && onlyClient) onClient(onlyClient);
  }, [client, onlyClient, onClient]);
  return (
    <>
      {isNone && (
        <Banner
          tone="note"
          title="No account is connected yet"
          action={
            <May role="admin">
              <ButtonLink to="/authorizations/new" kind="primary" icon="plus">
                Add new authorization
              </ButtonLink>
            </May>
          }
        >
          <p>Connect a Campaign Monitor account first. An admin can do that.</p>
        </Banner>
      )}
      <Picker
        label="Account"
        placeholder="Choose an account"
        none="No account is connected."
        value={account}
        onChange={onAccount}
        options={accounts.data?.items
          .filter((one) => one.status !== "pending")
          .map((one) => ({
            value: one.id,
            name: one.description,
            barred: one.status === "revoked" ? "access revoked: reconnect it" : undefined,
          }))}
        help={props.accountHelp}
        error={refusal?.of("authorization_id")}
      />
      {accounts.error && <Problem error={accounts.error} onRetry={accounts.refresh} />}
      <Picker
        label={props.clientLabel}
        placeholder={account ? "Choose a client" : "Choose an account first"}
        none="This account has no client."
        disabled={!account}
        value={client}
        onChange={onClient}
        options={clients.data?.items.map((one) => ({ value: one.id, name: one.name }))}
        help={props.clientHelp}
        error={refusal?.of("client_id")}
      />
      {clients.error && <Problem error={clients.error} onRetry={clients.refresh} />}
    </>
  );
}
