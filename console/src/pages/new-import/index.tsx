/** New import: which client and lists, how often, what may be kept; then *Start import*. */

import { useMemo, useState } from "preact/hooks";
import { useBegun } from "../../api/begun";
import { ApiError, answered, api } from "../../api/client";
import { useImports, useLists } from "../../api/jobs";
import { useAction } from "../../api/live";
import {
  AccountFields,
  Banner,
  BegunBefore,
  Button,
  Card,
  Empty,
  ManyPicker,
  PageHead,
  Problem,
  TextField,
  toast,
} from "../../components";
import { go, usePlace } from "../../router";
import { useMay } from "../../session/session";
import { count, importName, pathOf } from "../../words/jobs";
import { bodyOf, Choices, mistakesOf } from "./choices";
import { Options } from "./options";
import { Summary } from "./summary";

const CRUMBS = [{ name: "Imports & exports", to: "/jobs" }];

export default function NewImport() {
  const { query } = usePlace();
  const mayStart = useMay("operator");
  const account = query.get("account") ?? "";
  const { choices, set, isBack, end } = useBegun(account ? null : "import", () => new Choices({ account }));
  const [isTold, setTold] = useState(false);
  const change = useMemo(() => (changes: Partial<Choices>) => set((before) => before.with(changes)), []);
  const lists = useLists(choices.account || null, choices.client || null);
  const start = useAction(async () => {
    const job = await answered(api.POST("/imports", { body: bodyOf(choices) }));
    end();
    toast("The import has started.");
    go(pathOf("import", job.id));
  });
  const mistakes = mistakesOf(choices);
  const refusal = start.error ?? (isTold && mistakes.length ? new ApiError(422, "", mistakes) : undefined);
  if (!mayStart)
    return (
      <>
        <PageHead title="New import" crumbs={CRUMBS} />
        <Empty title="Viewers cannot start imports" icon="import">
          Ask an admin for a session with the role operator.
        </Empty>
      </>
    );
  return (
    <>
      <PageHead
        title="New import"
        crumbs={CRUMBS}
        about="Import your Campaign Monitor lists into Lytics: who is on them, and what they opened and clicked."
      />
      <form
        class="beside"
        onSubmit={(event) => {
          event.preventDefault();
          setTold(true);
          if (mistakes.length === 0) void start.run();
        }}
      >
        <Card>
          {isBack && <BegunBefore onFresh={() => set(() => new Choices())} />}
          <AccountFields
            account={choices.account}
            client={choices.client}
            onAccount={useMemo(
              () => (account: string) => change({ account, client: "", lists: [] }),
              [change],
            )}
            onClient={useMemo(() => (client: string) => change({ client, lists: [] }), [change])}
            clientLabel="Select the Client to Import From"
            accountHelp="The Campaign Monitor account that you would like to import from."
            refusal={refusal}
          />
          <Shared client={choices.client} />
          <ManyPicker
            label="Lists to Import"
            placeholder={choices.client ? "All lists" : "Choose a client first"}
            none="This client has no list."
            disabled={!choices.client}
            value={choices.lists}
            onChange={(lists) => change({ lists })}
            options={lists.data?.items.map((one) => ({
              value: one.id,
              name: one.name,
              hint: one.subscribers == null ? undefined : count(one.subscribers, "person", "people"),
            }))}
            help="Only users, campaigns, and activity associated with these lists will be imported. If no lists are selected, all lists will be imported."
            error={refusal?.of("list_ids")}
          />
          {lists.error && <Problem error={lists.error} onRetry={lists.refresh} />}
          <TextField
            label="Description"
            value={choices.description}
            onInput={(description) => change({ description })}
            maxLength={500}
            help="A name for this import. It may stay empty."
            error={refusal?.of("description")}
          />
          <Options choices={choices} change={change} refusal={refusal} />
        </Card>
        <aside class="beside-card">
          <Card title="Summary">
            <Summary choices={choices} lists={lists.data?.items} />
            {start.error && <Problem error={start.error} />}
            {!start.error && refusal && (
              <Banner tone="bad" title="This needs another look">
                <ul>
                  {mistakes.map((one) => (
                    <li key={one.field}>{one.message}</li>
                  ))}
                </ul>
              </Banner>
            )}
            <Button kind="primary" type="submit" wide busy={start.busy}>
              Start import
            </Button>
            <Button
              kind="quiet"
              wide
              onClick={() => {
                end();
                go("/jobs");
              }}
            >
              Cancel
            </Button>
          </Card>
        </aside>
      </form>
    </>
  );
}

/** All imports of a client share what may be kept: whoever starts another should know. */
function Shared({ client }: { client: string }) {
  const imports = useImports();
  const others = imports.data?.items.filter((job) => job.client_id === client) ?? [];
  if (!client || others.length === 0) return null;
  return (
    <Banner tone="note" title={`${others.map(importName).join(", ")} already imports this client`}>
      <p>What may be kept of its data is shared: the strictest of all its imports holds.</p>
    </Banner>
  );
}
