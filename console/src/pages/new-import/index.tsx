/** New import: which client and lists, how often, what may be kept; then *Start import*. */

import { answered, api } from "../../api/client";
import { useImports, useLists } from "../../api/jobs";
import { NewImport as LIMITS } from "../../api/limits";
import { Banner, ManyPicker, Problem, toast } from "../../components";
import { AccountFields } from "../../forms/account-fields";
import { Description } from "../../forms/form";
import { NewJob, NewJobForm, useNewJob } from "../../forms/new-job";
import { go, usePlace } from "../../router";
import { count, importName, pathOf } from "../../words/jobs";
import { bodyOf, mistakesOf, UNCHOSEN } from "./choices";
import { Options } from "./options";
import { Summary } from "./summary";

export default function NewImport() {
  return (
    <NewJob
      kind="import"
      about="Import your Campaign Monitor lists into Lytics: who is on them, and what they opened and clicked."
    >
      <ImportForm />
    </NewJob>
  );
}

function ImportForm() {
  const account = usePlace().query.get("account") ?? "";
  const form = useNewJob({
    kept: account ? null : "import",
    fresh: () => ({ ...UNCHOSEN, account }),
    mistakesOf,
    send: async (choices) => {
      const job = await answered(api.POST("/imports", { body: bodyOf(choices) }));
      toast("The import has started.");
      go(pathOf("import", job.id));
    },
  });
  const { draft, edit, error } = form;
  const lists = useLists(draft.account || null, draft.client || null);
  return (
    <NewJobForm of={form} kind="import" summary={<Summary choices={draft} lists={lists.data?.items} />}>
      <AccountFields
        {...form}
        unchosen={{ lists: [] }}
        clientLabel="Select the Client to Import From"
        accountHelp="The Campaign Monitor account that you would like to import from."
      />
      <Shared client={draft.client} />
      <ManyPicker
        label="Lists to Import"
        {...LIMITS.list_ids}
        placeholder={draft.client ? "All lists" : "Choose a client first"}
        none="This client has no list."
        disabled={!draft.client}
        value={draft.lists}
        onChange={(lists) => edit({ lists })}
        options={lists.data?.items.map((one) => ({
          value: one.id,
          name: one.name,
          hint: one.subscribers == null ? undefined : count(one.subscribers, "person", "people"),
        }))}
        help="Only users, campaigns, and activity associated with these lists will be imported. If no lists are selected, all lists will be imported."
        error={error("list_ids")}
      />
      {lists.error && <Problem error={lists.error} onRetry={lists.refresh} />}
      <Description {...form} of="import" />
      <Options {...form} />
    </NewJobForm>
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
