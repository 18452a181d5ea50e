/** The advanced options of an import: how often, and what may be kept. */

import type { ApiError } from "../../api/client";
import { Advanced, CheckField, ManyPicker, type Option, SelectField, TextField } from "../../components";
import type { Choices } from "./choices";

const CUSTOM = "custom.";

/** Columns that may be left out, as rows have them. */
export const COLUMNS: readonly Option[] = [
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
export function customColumn(text: string): Option | null {
  return text.startsWith(CUSTOM) && text.length > CUSTOM.length
    ? { value: text, name: text, hint: "Custom field" }
    : null;
}

export const CONSENTS = [
  { value: "respect", name: "Respect: all but those of people who said No to being tracked" },
  { value: "strict", name: "Strict: only those of people who said Yes to being tracked" },
  { value: "ignore", name: "Ignore: those of everybody" },
] as const;

export function Options({
  choices,
  change,
  refusal,
}: {
  choices: Choices;
  change: (changes: Partial<Choices>) => void;
  refusal: ApiError | undefined;
}) {
  return (
    <Advanced open={HIDDEN.some((field) => refusal?.of(field))}>
      <CheckField
        label="Keep Updated"
        checked={choices.keepUpdated}
        onChange={(keepUpdated) => change({ keepUpdated })}
        help="Check to continuously run this import. What people do on the lists comes at once; opens and clicks with each run."
        error={refusal?.of("keep_updated")}
      />
      {choices.keepUpdated && (
        <TextField
          label="Run every"
          suffix="minutes"
          inputMode="numeric"
          value={choices.minutes}
          onInput={(minutes) => change({ minutes })}
          help="From 5 minutes to a week (10,080)."
          error={refusal?.of("every_minutes")}
        />
      )}
      <SelectField
        label="Whose opens and clicks may be kept"
        value={choices.consent}
        options={CONSENTS}
        onChange={(consent) => change({ consent })}
        help="By the consent to be tracked that each person has at Campaign Monitor."
        error={refusal?.of("tracking_consent")}
      />
      {choices.consent !== "ignore" && (
        <CheckField
          label="Keep the day of the last open"
          checked={choices.keepLastOpenDay}
          onChange={(keepLastOpenDay) => change({ keepLastOpenDay })}
          help="Also of people whose opens may not be kept: the day alone, so that you know who still reads."
        />
      )}
      <TextField
        label="History since"
        type="date"
        value={choices.since}
        onInput={(since) => change({ since })}
        help="Activity before this day is not read. Empty reads all there is."
        error={refusal?.of("rows_since")}
      />
      <TextField
        label="Forget activity after"
        suffix="days"
        inputMode="numeric"
        value={choices.keepDays}
        onInput={(keepDays) => change({ keepDays })}
        help="Empty keeps it for good."
        error={refusal?.of("keep_rows_days")}
      />
      <ManyPicker
        label="Columns not to store"
        options={COLUMNS}
        create={customColumn}
        value={choices.drop}
        onChange={(drop) => change({ drop })}
        help="What Campaign Monitor tells in these is left out. For the custom field City, type custom.City."
        error={refusal?.of("drop_columns")}
      />
      <ManyPicker
        label="Columns to store unreadably"
        options={COLUMNS}
        create={customColumn}
        value={choices.hash}
        onChange={(hash) => change({ hash })}
        help="Only a code for each value is stored: equal values have equal codes, and nobody can read them."
        error={refusal?.of("hash_columns")}
      />
    </Advanced>
  );
}

/** Fields that are hidden while the options are closed: a mistake in one opens them. */
const HIDDEN = [
  "keep_updated",
  "every_minutes",
  "tracking_consent",
  "rows_since",
  "keep_rows_days",
  "drop_columns",
  "hash_columns",
];
