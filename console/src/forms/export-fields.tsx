/** What of an export is chosen when it is started and can be changed later, field by field. */

import type { Schemas } from "../api/client";
import { useLyticsFields } from "../api/jobs";
import { CheckField, type Option, Picker, SelectField } from "../components";
import type { Export } from "../words/jobs";
import type { Form } from "./form";

/** As the API calls them; audiences and mappings of fields are beside them. */
export const EXPORT_SETTINGS = [
  "description",
  "existing_users",
  "resubscribe_users",
  "queue_autoresponders",
  "email_field",
  "name_field",
  "consent_field",
  "consent_for_new",
  "sms_field",
  "sms_consent_field",
] as const;

export type ExportSettings = Pick<Export, (typeof EXPORT_SETTINGS)[number]>;

const NAME = /^[A-Za-z0-9_.]+$/;

/** A field that Lytics does not list can be typed. */
export const OF_LYTICS = {
  create: (text: string): Option | null =>
    NAME.test(text) ? { value: text, name: text, hint: "as typed" } : null,
  none: "Type the name of the field.",
};

/** Fields of Lytics by name, with what they are; where Lytics cannot be asked, what somebody types is taken. */
export function useFieldOptions() {
  const { data, error } = useLyticsFields();
  const options: readonly Option[] | undefined =
    data?.items.map((one) => ({ value: one.name, name: one.name, hint: one.description || one.type })) ??
    (error && []);
  return { options, error };
}

const FOR_NEW: readonly { value: Schemas["ForNew"]; name: string }[] = [
  { value: "unchanged", name: "Add them: at Campaign Monitor that counts as consent" },
  { value: "no", name: "Add them with No" },
  { value: "refuse", name: "Do not add them, and list them" },
];

/** Who is sent, of those who are in the audiences. */
export function Who({ draft, edit, error }: Form<ExportSettings>) {
  return (
    <>
      <CheckField
        label="Existing Users"
        checked={draft.existing_users}
        onChange={(existing_users) => edit({ existing_users })}
        error={error("existing_users")}
        help="Check to add users who already exist in the selected Lytics audiences. Otherwise only those are added who enter from now on."
      />
      <CheckField
        label="Resubscribe Users"
        checked={draft.resubscribe_users}
        onChange={(resubscribe_users) => edit({ resubscribe_users })}
        error={error("resubscribe_users")}
        help="Check to add users who have previously been deleted or unsubscribed from the Campaign Monitor list. Only who entered the audience after leaving the list comes back. With a consent field, nobody comes back without a Yes. If very many come back within an hour, the export pauses until somebody starts it again."
      />
      <CheckField
        label="Queue Subscription Based Auto Responders"
        checked={draft.queue_autoresponders}
        onChange={(queue_autoresponders) => edit({ queue_autoresponders })}
        error={error("queue_autoresponders")}
        help="Check to automate workflow emails that are based on the subscription date. By default Campaign Monitor sends none to people who are imported."
      />
    </>
  );
}

interface OfFields extends Form<ExportSettings> {
  options: readonly Option[] | undefined;
}

interface Told {
  of: "email_field" | "name_field" | "consent_field" | "sms_field" | "sms_consent_field";
  label: string;
  help: string;
  clearable?: boolean;
  placeholder?: string;
}

function LyticsField({ of: name, draft, edit, error, options, ...told }: OfFields & Told) {
  return (
    <Picker
      {...told}
      {...OF_LYTICS}
      options={options}
      value={draft[name] ?? ""}
      onChange={(field) => edit({ [name]: field || null })}
      error={error(name)}
    />
  );
}

/** Where Lytics has a person's address and name. */
export function Identity(form: OfFields) {
  return (
    <>
      <LyticsField
        {...form}
        of="email_field"
        label="Email Field"
        help="The field that contains the user's email."
      />
      <LyticsField
        {...form}
        of="name_field"
        label="Name Field"
        help="The field that contains the user's full name."
      />
    </>
  );
}

/** Consent and mobile number. */
export function Consents(form: OfFields) {
  const { draft, edit, error } = form;
  return (
    <>
      <LyticsField
        {...form}
        of="consent_field"
        label="Consent Field"
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
      <LyticsField
        {...form}
        of="sms_field"
        label="Mobile Number Field"
        clearable
        placeholder="None: no numbers are sent"
        help="The field with the mobile number, with + and country code."
      />
      <LyticsField
        {...form}
        of="sms_consent_field"
        label="Consent to Short Messages Field"
        clearable
        placeholder="None: consents stay as they are"
        help="The field that tells whether somebody agrees to short messages. Needs a mobile number."
      />
    </>
  );
}
