/** The settings of an export, each with what it means; and what ends it. */

import { answered, api } from "../../api/client";
import { useAudiences } from "../../api/jobs";
import { type Live, useAction } from "../../api/live";
import { CheckField, ManyPicker, type Option, Picker, SelectField, TextField, toast } from "../../components";
import { type Export, named as nameOf } from "../../words/jobs";
import { typedName, useFieldOptions } from "../new-export/fields";
import { FOR_NEW } from "../new-export/options";
import { type Edits, Save, Section, useEdits } from "./edits";
import { Ending } from "./ending";
import type { Named } from "./frame";
import { FieldMappings } from "./mappings";

const FIELDS = [
  "description",
  "audiences",
  "existing_users",
  "resubscribe_users",
  "queue_autoresponders",
  "email_field",
  "name_field",
  "field_mappings",
  "consent_field",
  "consent_for_new",
  "sms_field",
  "sms_consent_field",
] as const;

/** A field that Lytics does not list can be typed. */
const OF_LYTICS = { create: typedName, none: "Type the name of the field." };

type Settings = Pick<Export, (typeof FIELDS)[number]>;
type Form = { edits: Edits<Settings>; error: (field: string) => string | undefined };

export function ExportSettings({ of: named, job, asked }: { of: Named; job: Export; asked: Live<Export> }) {
  const stored = Object.fromEntries(FIELDS.map((name) => [name, job[name]])) as Settings;
  const edits = useEdits(stored);
  const save = useAction(async () => {
    const params = { path: { id: job.id } };
    const { audiences, ...changes } = edits.changes;
    const body = {
      ...changes,
      ...(audiences && { audiences: audiences.map(({ slug, name }) => ({ slug, name: name ?? null })) }),
    };
    asked.put(await answered(api.PATCH("/exports/{id}", { params, body })));
    edits.clear();
    toast("The settings are saved.");
  });
  const form: Form = { edits, error: (field) => save.error?.of(field) };
  const { options } = useFieldOptions();
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
            help="A name for your export. Without one it goes by its list."
            maxLength={500}
          />
        </Section>
        <Who {...form} />
        <Fields {...form} options={options} />
        <Section name="Custom fields">
          <FieldMappings
            job={job}
            fields={options}
            value={edits.draft.field_mappings}
            onChange={(field_mappings) => edits.edit({ field_mappings })}
            refusal={save.error}
          />
        </Section>
        <Consents {...form} options={options} />
        <Save edits={edits} action={save} fields={FIELDS}>
          Everybody affected by a change is sent again.
        </Save>
      </form>
      <Ending of={named} status={job.status} isDry={job.dry_run} refresh={asked.refresh} />
    </>
  );
}

function Who({ edits, error }: Form) {
  const { draft, edit } = edits;
  const asked = useAudiences();
  const chosen = draft.audiences.map((one) => one.slug);
  const known = new Map<string, Option>(
    draft.audiences.map((one) => [
      one.slug,
      { value: one.slug, name: nameOf({ id: one.slug, name: one.name ?? null }) },
    ]),
  );
  for (const one of asked.data?.items ?? []) {
    const hint = one.size === null ? undefined : `${one.size.toLocaleString()} people`;
    known.set(one.slug, { value: one.slug, name: one.name || one.slug, hint });
  }
  return (
    <Section name="Who is sent">
      <ManyPicker
        label="Audiences"
        options={asked.data || asked.error ? [...known.values()] : undefined}
        value={chosen}
        onChange={(slugs) =>
          edit({
            audiences: slugs.map((slug) => draft.audiences.find((one) => one.slug === slug) ?? { slug }),
          })
        }
        error={error("audiences") ?? asked.error?.message}
        help="The Lytics audiences that contain the users you want to sync. Each has a segment of the list. Add a new one to the job at Lytics, too."
      />
      <CheckField
        label="Existing Users"
        checked={draft.existing_users}
        onChange={(existing_users) => edit({ existing_users })}
        error={error("existing_users")}
        help="Check to add users who already exist in the selected Lytics audiences."
      />
      <CheckField
        label="Resubscribe Users"
        checked={draft.resubscribe_users}
        onChange={(resubscribe_users) => edit({ resubscribe_users })}
        error={error("resubscribe_users")}
        help="Check to add users who have previously been deleted or unsubscribed from the list. Only who enters an audience after having left is subscribed again, and should they be very many within an hour, the export pauses until somebody starts it again."
      />
      <CheckField
        label="Queue Subscription Based Auto Responders"
        checked={draft.queue_autoresponders}
        onChange={(queue_autoresponders) => edit({ queue_autoresponders })}
        error={error("queue_autoresponders")}
        help="Check to send workflow emails that are based on the subscription date. Campaign Monitor sends none by default to whoever is imported."
      />
    </Section>
  );
}

function Fields({ edits, error, options }: Form & { options: readonly Option[] | undefined }) {
  const { draft, edit } = edits;
  return (
    <Section name="Fields">
      <Picker
        label="Email Field"
        {...OF_LYTICS}
        options={options}
        value={draft.email_field}
        onChange={(email_field) => edit({ email_field })}
        error={error("email_field")}
        help="The field name that contains the user’s email."
      />
      <Picker
        label="Name Field"
        {...OF_LYTICS}
        options={options}
        value={draft.name_field}
        onChange={(name_field) => edit({ name_field })}
        error={error("name_field")}
        help="The field name that contains the user’s full name."
      />
    </Section>
  );
}

function Consents({ edits, error, options }: Form & { options: readonly Option[] | undefined }) {
  const { draft, edit } = edits;
  return (
    <Section name="Consent and mobile number">
      <Picker
        label="Consent Field"
        {...OF_LYTICS}
        options={options}
        value={draft.consent_field ?? ""}
        onChange={(field) => edit({ consent_field: field || null })}
        error={error("consent_field")}
        clearable
        placeholder="None: consents stay as they are"
        help="The field that tells whether somebody agrees to be tracked: yes or no, true or false, 1 or 0."
      />
      <SelectField
        label="New people who have not decided"
        value={draft.consent_for_new}
        onChange={(consent_for_new) => edit({ consent_for_new })}
        error={error("consent_for_new")}
        options={FOR_NEW}
        help="What becomes of people who are new to the list, and have neither said Yes nor No."
      />
      <Picker
        label="Mobile Number Field"
        {...OF_LYTICS}
        options={options}
        value={draft.sms_field ?? ""}
        onChange={(field) => edit({ sms_field: field || null })}
        error={error("sms_field")}
        clearable
        placeholder="No field: no numbers are sent"
        help="The Lytics field with the number, with + and country code."
      />
      <Picker
        label="Consent to Short Messages Field"
        {...OF_LYTICS}
        options={options}
        value={draft.sms_consent_field ?? ""}
        onChange={(field) => edit({ sms_consent_field: field || null })}
        error={error("sms_consent_field")}
        clearable
        placeholder="No field: consents stay as they are"
        help="The Lytics field that tells it. Needs a mobile number."
      />
    </Section>
  );
}
