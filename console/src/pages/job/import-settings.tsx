/** The settings of an import, each with what it means; and what ends it. */

import { answered, api } from "../../api/client";
import { type Live, useAction } from "../../api/live";
import { Card, CheckField, Facts, ManyPicker, SelectField, TextField, toast } from "../../components";
import { type Import, listsOf, named as nameOf } from "../../words/jobs";
import { CONSENTS as CHOICES, COLUMNS, customColumn } from "../new-import/options";
import { type Edits, numberOf, Save, Section, useEdits } from "./edits";
import { Ending } from "./ending";
import type { Named } from "./frame";

const FIELDS = [
  "description",
  "keep_updated",
  "every_minutes",
  "tracking_consent",
  "keep_last_open_day",
  "rows_since",
  "keep_rows_days",
  "drop_columns",
  "hash_columns",
] as const;

type Settings = Pick<Import, (typeof FIELDS)[number]>;
type Form = { edits: Edits<Settings>; error: (field: string) => string | undefined };

export function ImportSettings({ of: named, job, asked }: { of: Named; job: Import; asked: Live<Import> }) {
  const stored = Object.fromEntries(FIELDS.map((name) => [name, job[name]])) as Settings;
  const edits = useEdits(stored);
  const save = useAction(async () => {
    const params = { path: { id: job.id } };
    asked.put(await answered(api.PATCH("/imports/{id}", { params, body: edits.changes })));
    edits.clear();
    toast("The settings are saved.");
  });
  const form: Form = { edits, error: (field) => save.error?.of(field) };
  return (
    <>
      <form
        class="card form"
        aria-label="Settings"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Section name="Name">
          <TextField
            label="Description"
            value={edits.draft.description ?? ""}
            onInput={(text) => edits.edit({ description: text || null })}
            error={form.error("description")}
            help="A name for your import. Without one it goes by its client."
            maxLength={500}
          />
        </Section>
        <Section name="What it imports">
          <p class="dim">
            {listsOf(job)} of {nameOf(job.client)}. To import others, start another import.
          </p>
        </Section>
        <Schedule {...form} />
        <Consent {...form} />
        <History {...form} />
        <Columns {...form} />
        <Save edits={edits} action={save} fields={FIELDS}>
          A schedule follows at once. What profiles may not keep any more is gone within minutes.
        </Save>
      </form>
      <InForce job={job} />
      <Ending of={named} status={job.status} refresh={asked.refresh} />
    </>
  );
}

function Schedule({ edits, error }: Form) {
  const { draft, edit } = edits;
  return (
    <Section name="When it runs">
      <CheckField
        label="Keep Updated"
        checked={draft.keep_updated}
        onChange={(keep_updated) => edit({ keep_updated })}
        error={error("keep_updated")}
        help="Check to continuously run this import. What people do on the lists comes at once; opens and clicks with each run."
      />
      {draft.keep_updated && (
        <TextField
          label="Run every"
          suffix="minutes"
          inputMode="numeric"
          value={String(draft.every_minutes)}
          onInput={(text) => edit({ every_minutes: numberOf(text) })}
          error={error("every_minutes")}
          help="From 5 minutes to a week (10,080)."
        />
      )}
    </Section>
  );
}

function Consent({ edits, error }: Form) {
  const { draft, edit } = edits;
  return (
    <Section name="Whose activity is kept">
      <SelectField
        label="Whose opens and clicks may be kept"
        value={draft.tracking_consent}
        onChange={(tracking_consent) => edit({ tracking_consent })}
        error={error("tracking_consent")}
        options={CHOICES}
        help="By the consent to be tracked that each person has at Campaign Monitor."
      />
      {draft.tracking_consent !== "ignore" && (
        <CheckField
          label="Keep the day of the last open"
          checked={draft.keep_last_open_day}
          onChange={(keep_last_open_day) => edit({ keep_last_open_day })}
          error={error("keep_last_open_day")}
          help="Also of people whose opens may not be kept: the day alone, so that you know who still reads."
        />
      )}
    </Section>
  );
}

function History({ edits, error }: Form) {
  const { draft, edit } = edits;
  return (
    <Section name="How far back">
      <TextField
        label="History since"
        type="date"
        value={draft.rows_since ?? ""}
        onInput={(day) => edit({ rows_since: day || null })}
        error={error("rows_since")}
        help="Activity before this day is not read. Empty reads all. A later day takes nothing away that is stored."
      />
      <TextField
        label="Forget activity after"
        suffix="days"
        inputMode="numeric"
        value={draft.keep_rows_days === null ? "" : String(draft.keep_rows_days)}
        onInput={(text) => edit({ keep_rows_days: text.trim() ? numberOf(text) : null })}
        error={error("keep_rows_days")}
        help="What is older is forgotten for good. Empty keeps it for good."
      />
    </Section>
  );
}

function Columns({ edits, error }: Form) {
  const { draft, edit } = edits;
  return (
    <Section name="What of it is stored">
      <ManyPicker
        label="Columns not to store"
        options={COLUMNS}
        create={customColumn}
        value={draft.drop_columns}
        onChange={(drop_columns) => edit({ drop_columns })}
        error={error("drop_columns")}
        help="What Campaign Monitor tells in these is left out. For the custom field City, type custom.City."
      />
      <ManyPicker
        label="Columns to store unreadably"
        options={COLUMNS}
        create={customColumn}
        value={draft.hash_columns}
        onChange={(hash_columns) => edit({ hash_columns })}
        error={error("hash_columns")}
        help="Only a code for each value is stored: equal values have equal codes, and nobody can read them."
      />
    </Section>
  );
}

const CONSENTS = { ignore: "Ignore", respect: "Respect", strict: "Strict" };

/** What holds is the strictest of what all imports of the client say. */
function InForce({ job }: { job: Import }) {
  const { in_force: policy } = job;
  const isOwn =
    policy.tracking_consent === job.tracking_consent &&
    policy.keep_rows_days === job.keep_rows_days &&
    policy.keep_last_open_day === job.keep_last_open_day &&
    [policy.drop_columns, policy.hash_columns].every(
      (columns, index) =>
        columns.toSorted().join() === ([job.drop_columns, job.hash_columns][index] ?? []).toSorted().join(),
    );
  if (isOwn) return null;
  return (
    <Card
      title="What holds for the client"
      about="All imports of a client share what is allowed, and the strictest holds. Others are stricter than this one."
    >
      <Facts
        of={[
          ["Opens and clicks", CONSENTS[policy.tracking_consent]],
          ["Day of the last open", policy.keep_last_open_day ? "kept" : "not kept"],
          [
            "Activity is kept",
            policy.keep_rows_days === null ? "for good" : `for ${policy.keep_rows_days} days`,
          ],
          ["Not stored", policy.drop_columns.join(", ") || "nothing"],
          ["Stored unreadably", policy.hash_columns.join(", ") || "nothing"],
        ]}
      />
    </Card>
  );
}
