/** The advanced options of an export, in the order of Lytics' own form. */

import { useState } from "preact/hooks";
import type { ApiError, Schemas } from "../../api/client";
import { useCustomFields } from "../../api/jobs";
import { Advanced, CheckField, Picker, Problem, SelectField } from "../../components";
import { type Choices, isAdvanced } from "./choices";
import { typedName, useFieldOptions } from "./fields";
import { Mappings } from "./mappings";

export const FOR_NEW: readonly { value: Schemas["ForNew"]; name: string }[] = [
  { value: "unchanged", name: "Add them: at Campaign Monitor that counts as consent" },
  { value: "no", name: "Add them with No" },
  { value: "refuse", name: "Do not add them, and list them" },
];

/** Fields that are hidden while the options are closed: a mistake in one opens them. */
const HIDDEN = [
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
];

export function Options({
  choices,
  change,
  refusal,
}: {
  choices: Choices;
  change: (changes: Partial<Choices>) => void;
  refusal: ApiError | undefined;
}) {
  const lytics = useFieldOptions();
  const custom = useCustomFields(choices.account || null, choices.list || null);
  const [isSet] = useState(() => isAdvanced(choices));
  const field = { options: lytics.options, create: typedName, none: "Type the name of the field." };
  return (
    <Advanced open={isSet || HIDDEN.some((name) => refusal?.of(name))}>
      <CheckField
        label="Existing Users"
        checked={choices.existing}
        onChange={(existing) => change({ existing })}
        help="Check to add users who already exist in the selected Lytics audiences. Otherwise only those are added who enter from now on."
        error={refusal?.of("existing_users")}
      />
      <CheckField
        label="Resubscribe Users"
        checked={choices.resubscribe}
        onChange={(resubscribe) => change({ resubscribe })}
        help={
          <>
            Check to add users who have previously been deleted or unsubscribed from the Campaign Monitor
            list. Only who entered the audience after leaving the list comes back. With a consent field,
            nobody comes back without a Yes.
          </>
        }
        error={refusal?.of("resubscribe_users")}
      />
      <CheckField
        label="Queue Subscription Based Auto Responders"
        checked={choices.autoresponders}
        onChange={(autoresponders) => change({ autoresponders })}
        help="Check to automate workflow emails that are based on the subscription date. By default Campaign Monitor sends none to people who are imported."
        error={refusal?.of("queue_autoresponders")}
      />
      {lytics.error && (
        <Problem error={lytics.error} title="Lytics' fields cannot be listed: type their names" />
      )}
      <Picker
        {...field}
        label="Email Field"
        value={choices.email}
        onChange={(email) => change({ email })}
        help="The field that contains the user's email."
        error={refusal?.of("email_field")}
      />
      <Picker
        {...field}
        label="Name Field"
        value={choices.name}
        onChange={(name) => change({ name })}
        help="The field that contains the user's full name."
        error={refusal?.of("name_field")}
      />
      <Mappings
        choices={choices}
        change={change}
        options={lytics.options}
        custom={custom.data?.items}
        onMade={custom.refresh}
        refusal={refusal}
      />
      {custom.error && <Problem error={custom.error} onRetry={custom.refresh} />}
      <Picker
        {...field}
        label="Consent Field"
        placeholder="None: consents stay as they are"
        value={choices.consent}
        onChange={(consent) => change({ consent })}
        clearable
        help="The field that tells whether somebody agrees to be tracked: yes or no, true or false, 1 or 0."
        error={refusal?.of("consent_field")}
      />
      <SelectField
        label="New people who have not decided"
        value={choices.consentForNew}
        options={FOR_NEW}
        onChange={(consentForNew) => change({ consentForNew })}
        help="What becomes of people who are new to the list, and have neither said Yes nor No."
        error={refusal?.of("consent_for_new")}
      />
      <Picker
        {...field}
        label="Mobile Number Field"
        placeholder="None"
        value={choices.mobile}
        onChange={(mobile) => change({ mobile })}
        clearable
        help="The field with the mobile number, with + and country code."
        error={refusal?.of("sms_field")}
      />
      <Picker
        {...field}
        label="Consent to Short Messages Field"
        placeholder="None"
        value={choices.mobileConsent}
        onChange={(mobileConsent) => change({ mobileConsent })}
        clearable
        help="The field that tells whether somebody agrees to short messages."
        error={refusal?.of("sms_consent_field")}
      />
    </Advanced>
  );
}
