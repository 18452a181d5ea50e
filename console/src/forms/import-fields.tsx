/** What of an import is chosen when it is started and can be changed later, field by field. */

import { NewImport as LIMITS } from "../api/limits";
import { CheckField, ManyPicker, type Option, SelectField, TextField } from "../components";
import type { Import } from "../words/jobs";
import { type Form, numberOf } from "./form";

/** In the order of the forms, as the API calls them. */
export const IMPORT_SETTINGS = [
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

export type ImportSettings = Pick<Import, (typeof IMPORT_SETTINGS)[number]>;

const { minimum, maximum } = LIMITS.every_minutes;
const MINUTES_A_DAY = 24 * 60;
export const PERIODS = `from ${minimum} to ${maximum.toLocaleString()} minutes, which is ${maximum / MINUTES_A_DAY} days`;

/** Whether an import can run so often. */
export function isPeriod(minutes: number): boolean {
  return Number.isInteger(minutes) && minutes >= minimum && minutes <= maximum;
}

const CUSTOM = "custom.";

/** Columns that may be left out, as rows have them. */
const COLUMNS: readonly Option[] = [
  { value: "ip", name: "ip", hint: "IP address of an open or a click" },
  { value: "signup_ip", name: "signup_ip", hint: "IP address of the sign-up" },
  { value: "mobile", name: "mobile", hint: "Mobile number" },
  { value: "consent_to_sms", name: "consent_to_sms", hint: "Consent to short messages" },
  { value: "name", name: "name", hint: "Name" },
  { value: "city", name: "city", hint: "City" },
  { value: "region", name: "region", hint: "State or province" },
  { value: "country", name: "country", hint: "Country" },
  { value: "cc", name: "cc", hint: "Country code" },
  { value: "latitude", name: "latitude", hint: "Latitude" },
  { value: "longitude", name: "longitude", hint: "Longitude" },
  { value: "reads_email_with", name: "reads_email_with", hint: "What people read with" },
  { value: "list_joined", name: "list_joined", hint: "When somebody joined the list" },
  { value: "old_email", name: "old_email", hint: "The address before a change" },
  { value: "source", name: "source", hint: "Where a person came from" },
  { value: "reason", name: "reason", hint: "Reason of a bounce" },
  { value: "bounce_type", name: "bounce_type", hint: "Kind of a bounce" },
  { value: "campaign_name", name: "campaign_name", hint: "Campaign name" },
  { value: "journey_name", name: "journey_name", hint: "Journey name" },
  { value: "client_name", name: "client_name", hint: "Client name" },
  { value: "list_name", name: "list_name", hint: "List name" },
  { value: `${CUSTOM}*`, name: `${CUSTOM}*`, hint: "All custom fields" },
];

/** `custom.City` is the custom field City. */
function customColumn(text: string): Option | null {
  return text.startsWith(CUSTOM) && text.length > CUSTOM.length
    ? { value: text, name: text, hint: "Custom field" }
    : null;
}

const CONSENTS = [
  { value: "respect", name: "Respect: all but those of people who said No to being tracked" },
  { value: "strict", name: "Strict: only those of people who said Yes to being tracked" },
  { value: "ignore", name: "Ignore: those of everybody" },
] as const;

/** When it runs. */
export function Schedule({ draft, edit, error }: Form<ImportSettings>) {
  return (
    <>
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
          help={`${PERIODS[0]?.toUpperCase()}${PERIODS.slice(1)}.`}
        />
      )}
    </>
  );
}

/** Whose activity is kept. */
export function Consent({ draft, edit, error }: Form<ImportSettings>) {
  return (
    <>
      <SelectField
        label="Whose opens and clicks may be kept"
        value={draft.tracking_consent}
        onChange={(tracking_consent) => edit({ tracking_consent })}
        error={error("tracking_consent")}
        options={CONSENTS}
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
    </>
  );
}

/** How far back. */
export function History({ draft, edit, error }: Form<ImportSettings>) {
  return (
    <>
      <TextField
        label="History since"
        type="date"
        value={draft.rows_since ?? ""}
        onInput={(day) => edit({ rows_since: day || null })}
        error={error("rows_since")}
        help="Activity before this day is not read. Empty reads all there is. A later day takes nothing away that is stored."
      />
      <TextField
        label="Forget activity after"
        suffix="days"
        inputMode="numeric"
        value={draft.keep_rows_days === null ? "" : String(draft.keep_rows_days)}
        onInput={(text) => edit({ keep_rows_days: text.trim() ? numberOf(text) : null })}
        error={error("keep_rows_days")}
        help={`What is older is forgotten for good: at most ${LIMITS.keep_rows_days.maximum.toLocaleString()} days. Empty keeps it for good.`}
      />
    </>
  );
}

/** What of it is stored. */
export function Columns({ draft, edit, error }: Form<ImportSettings>) {
  return (
    <>
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
    </>
  );
}
