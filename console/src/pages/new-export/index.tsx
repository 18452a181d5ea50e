/** New export: which audiences to which list, and how; then *Preview* or *Start export*.
 *
 * `?from=ID` changes a preview, which is an export that writes nothing yet.
 */

import { useEffect, useMemo, useState } from "preact/hooks";
import { useBegun } from "../../api/begun";
import { ApiError, answered, api } from "../../api/client";
import { useAudiences, useExport, useLists } from "../../api/jobs";
import { useAction } from "../../api/live";
import {
  AccountFields,
  Banner,
  BegunBefore,
  Button,
  Card,
  Empty,
  ManyPicker,
  type Option,
  PageHead,
  Picker,
  Problem,
  Skeleton,
  TextField,
} from "../../components";
import { go, usePlace } from "../../router";
import { useMay } from "../../session/session";
import { count, type Export } from "../../words/jobs";
import { bodyOf, Choices, changesOf, mistakesOf } from "./choices";
import { Options } from "./options";
import { Summary } from "./summary";

const CRUMBS = [{ name: "Imports & exports", to: "/jobs" }];
const SLUG = /^[a-z0-9_-]+$/i;

function typedSlug(text: string): Option | null {
  return SLUG.test(text) ? { value: text, name: text, hint: "as typed" } : null;
}

export default function NewExport() {
  const { query } = usePlace();
  const from = query.get("from");
  const mayStart = useMay("operator");
  const head = (
    <PageHead
      title="New export"
      crumbs={CRUMBS}
      about="Keep a Campaign Monitor list in sync with your Lytics audiences, as users enter and exit them."
    />
  );
  if (!mayStart)
    return (
      <>
        {head}
        <Empty title="Viewers cannot start exports" icon="export">
          Ask an admin for a session with the role operator.
        </Empty>
      </>
    );
  return (
    <>
      {head}
      {from ? <Draft id={from} /> : <Form start={new Choices({ account: query.get("account") ?? "" })} />}
    </>
  );
}

/** A preview whose choices are changed. */
function Draft({ id }: { id: string }) {
  const draft = useExport(id);
  if (draft.data) return <Form key={id} start={Choices.of(draft.data)} draft={draft.data} />;
  return draft.error ? <Problem error={draft.error} onRetry={draft.refresh} /> : <Skeleton lines={6} />;
}

function Form({ start, draft }: { start: Choices; draft?: Export }) {
  const form = draft || start.account ? null : "export";
  const { choices, set, isBack, end } = useBegun(form, () => start);
  const [isTold, setTold] = useState(false);
  const change = useMemo(() => (changes: Partial<Choices>) => set((before) => before.with(changes)), []);
  const audiences = useAudiences();
  const lists = useLists(choices.account || null, choices.client || null);
  const save = useAction(async (dryRun: boolean) => {
    const job = await saved(choices, draft, dryRun);
    end();
    go(`/new-export/${job.id}`, { replace: Boolean(draft) });
  });
  const [wanted, setWanted] = useState<"preview" | "start">("start");
  const mistakes = mistakesOf(choices);
  const refusal = save.error ?? (isTold && mistakes.length ? new ApiError(422, "", mistakes) : undefined);
  const attempt = (what: "preview" | "start") => {
    setTold(true);
    setWanted(what);
    if (mistakes.length === 0) void save.run(what === "preview");
  };
  useEffect(() => {
    if (draft?.client && !choices.client) change({ client: draft.client.id });
  }, [draft, choices.client, change]);
  return (
    <form
      class="beside"
      onSubmit={(event) => {
        event.preventDefault();
        attempt("start");
      }}
    >
      <Card>
        {isBack && <BegunBefore onFresh={() => set(() => new Choices())} />}
        <AccountFields
          account={choices.account}
          client={choices.client}
          onAccount={useMemo(() => (account: string) => change({ account, client: "", list: "" }), [change])}
          onClient={useMemo(() => (client: string) => change({ client, list: "" }), [change])}
          clientLabel="Client"
          accountHelp="The Campaign Monitor account that you would like to export to."
          refusal={refusal}
        />
        <Picker
          label="List"
          placeholder={choices.client ? "Choose a list" : "Choose a client first"}
          none="This client has no list."
          disabled={!choices.client}
          value={choices.list}
          onChange={(list) => change({ list, pairs: choices.pairs.map((one) => ({ ...one, to: "" })) })}
          options={lists.data?.items.map((one) => ({
            value: one.id,
            name: one.name,
            hint: one.subscribers == null ? undefined : count(one.subscribers, "person", "people"),
          }))}
          help="The list where you'd like Lytics to send audience members. Note: duplicate users across lists in Campaign Monitor results in a bill per user per list."
          error={refusal?.of("list_id")}
        />
        {lists.error && <Problem error={lists.error} onRetry={lists.refresh} />}
        <ManyPicker
          label="Audiences"
          placeholder="Choose audiences"
          none="Lytics has no audience."
          create={audiences.error ? typedSlug : undefined}
          value={choices.audiences}
          onChange={(audiences) => change({ audiences })}
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
          error={refusal?.of("audiences")}
        />
        {audiences.error && (
          <Problem error={audiences.error} title="Lytics' audiences cannot be listed: type their slugs" />
        )}
        <TextField
          label="Description"
          value={choices.description}
          onInput={(description) => change({ description })}
          maxLength={500}
          help="A name for this export. It may stay empty."
          error={refusal?.of("description")}
        />
        <Options choices={choices} change={change} refusal={refusal} />
      </Card>
      <aside class="beside-card">
        <Card title="Summary">
          <Summary choices={choices} lists={lists.data?.items} audiences={audiences.data?.items} />
          {save.error && <Problem error={save.error} />}
          {!save.error && refusal && (
            <Banner tone="bad" title="This needs another look">
              <ul>
                {mistakes.map((one) => (
                  <li key={one.message}>{one.message}</li>
                ))}
              </ul>
            </Banner>
          )}
          <Button wide busy={save.busy && wanted === "preview"} onClick={() => attempt("preview")}>
            Preview
          </Button>
          <Button kind="primary" type="submit" wide busy={save.busy && wanted === "start"}>
            Start export
          </Button>
          <p class="small dim">A preview writes nothing: it shows who would be added and changed.</p>
          <Button
            kind="quiet"
            wide
            onClick={() => {
              end();
              go(draft ? `/new-export/${draft.id}` : "/jobs");
            }}
          >
            Cancel
          </Button>
        </Card>
      </aside>
    </form>
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
