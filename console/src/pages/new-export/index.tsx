/** New export: which audiences to which list, and how; then *Preview* or *Start export*.
 *
 * `?from=ID` changes a preview, which is an export that writes nothing yet.
 */

import { useEffect } from "preact/hooks";
import { answered, api } from "../../api/client";
import { useAudiences, useExport, useLists } from "../../api/jobs";
import { NewExport as LIMITS } from "../../api/limits";
import { ManyPicker, type Option, Picker, Problem, Skeleton } from "../../components";
import { AccountFields } from "../../forms/account-fields";
import { Description } from "../../forms/form";
import { NewJob, NewJobForm, useNewJob } from "../../forms/new-job";
import { go, usePlace } from "../../router";
import { count, type Export } from "../../words/jobs";
import { bodyOf, type Choices, changesOf, choicesOf, mistakesOf, UNCHOSEN } from "./choices";
import { Options } from "./options";
import { Summary } from "./summary";

const SLUG = /^[a-z0-9_-]+$/i;

function typedSlug(text: string): Option | null {
  return SLUG.test(text) ? { value: text, name: text, hint: "as typed" } : null;
}

export default function NewExport() {
  const { query } = usePlace();
  const from = query.get("from");
  const account = query.get("account") ?? "";
  return (
    <NewJob
      kind="export"
      about="Keep a Campaign Monitor list in sync with your Lytics audiences, as users enter and exit them."
    >
      {from ? <Draft id={from} /> : <ExportForm start={{ ...UNCHOSEN, account }} />}
    </NewJob>
  );
}

/** A preview whose choices are changed. */
function Draft({ id }: { id: string }) {
  const draft = useExport(id);
  if (draft.data) return <ExportForm key={id} start={choicesOf(draft.data)} draft={draft.data} />;
  return draft.error ? <Problem error={draft.error} onRetry={draft.refresh} /> : <Skeleton lines={6} />;
}

function ExportForm({ start, draft: before }: { start: Choices; draft?: Export }) {
  const form = useNewJob({
    kept: before || start.account ? null : "export",
    fresh: () => start,
    mistakesOf,
    send: async (choices, isPreview) => {
      const job = await saved(choices, before, isPreview);
      go(`/new-export/${job.id}`, { replace: Boolean(before) });
    },
  });
  const { draft, edit, error } = form;
  const audiences = useAudiences();
  const lists = useLists(draft.account || null, draft.client || null);
  useEffect(() => {
    if (before?.client && !draft.client) edit({ client: before.client.id });
  }, [before, draft.client, edit]);
  return (
    <NewJobForm
      of={form}
      kind="export"
      hasPreview
      cancelTo={before && `/new-export/${before.id}`}
      summary={<Summary choices={draft} lists={lists.data?.items} audiences={audiences.data?.items} />}
    >
      <AccountFields
        {...form}
        unchosen={{ list: "" }}
        clientLabel="Client"
        accountHelp="The Campaign Monitor account that you would like to export to."
      />
      <Picker
        label="List"
        placeholder={draft.client ? "Choose a list" : "Choose a client first"}
        none="This client has no list."
        disabled={!draft.client}
        value={draft.list}
        onChange={(list) => edit({ list, pairs: draft.pairs.map((one) => ({ ...one, to: "" })) })}
        options={lists.data?.items.map((one) => ({
          value: one.id,
          name: one.name,
          hint: one.subscribers == null ? undefined : count(one.subscribers, "person", "people"),
        }))}
        help="The list where you'd like Lytics to send audience members. Note: duplicate users across lists in Campaign Monitor results in a bill per user per list."
        error={error("list_id")}
      />
      {lists.error && <Problem error={lists.error} onRetry={lists.refresh} />}
      <ManyPicker
        label="Audiences"
        {...LIMITS.audiences}
        placeholder="Choose audiences"
        none="Lytics has no audience."
        create={audiences.error ? typedSlug : undefined}
        value={draft.audiences}
        onChange={(audiences) => edit({ audiences })}
        options={
          audiences.error
            ? []
            : audiences.data?.items.map((one) => ({
                value: one.slug,
                name: one.name,
                hint: one.size === null ? undefined : count(one.size, "user"),
              }))
        }
        help="The Lytics audiences that contain the users you want to sync to Campaign Monitor. Each becomes a segment of the list."
        error={error("audiences")}
      />
      {audiences.error && (
        <Problem error={audiences.error} title="Lytics' audiences cannot be listed: type their slugs" />
      )}
      <Description {...form} of="export" />
      <Options {...form} />
    </NewJobForm>
  );
}

/** Make the export, or change the preview; one to another list is another export. */
async function saved(choices: Choices, draft: Export | undefined, dryRun: boolean): Promise<Export> {
  if (draft && draft.authorization_id === choices.account && draft.list_id === choices.list) {
    const of = { params: { path: { id: draft.id } } };
    return answered(api.PATCH("/exports/{id}", { ...of, body: { ...changesOf(choices), dry_run: dryRun } }));
  }
  const made = await answered(api.POST("/exports", { body: bodyOf(choices, dryRun) }));
  if (draft) await answered(api.DELETE("/exports/{id}", { params: { path: { id: draft.id } } }));
  return made;
}
