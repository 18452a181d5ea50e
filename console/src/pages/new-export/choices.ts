/** What somebody has chosen for an export, new or to be changed, and whether it can be one. */

import type { Schemas } from "../../api/client";
import type { Export } from "../../words/jobs";

type Detail = Schemas["Detail"];

/** A Lytics field, and the custom field that it is sent to. */
export interface Pair {
  from: string;
  to: string;
}

export class Choices {
  account = "";
  client = "";
  list = "";
  audiences: string[] = [];
  description = "";
  existing = false;
  resubscribe = false;
  autoresponders = false;
  email = "email";
  name = "name";
  pairs: Pair[] = [];
  consent = "";
  consentForNew: Schemas["ForNew"] = "unchanged";
  mobile = "";
  mobileConsent = "";

  constructor(given: Partial<Choices> = {}) {
    Object.assign(this, given);
  }

  static of(job: Export): Choices {
    return new Choices({
      account: job.authorization_id,
      client: job.client?.id ?? "",
      list: job.list_id,
      audiences: job.audiences.map((one) => one.slug),
      description: job.description ?? "",
      existing: job.existing_users,
      resubscribe: job.resubscribe_users,
      autoresponders: job.queue_autoresponders,
      email: job.email_field,
      name: job.name_field,
      pairs: Object.entries(job.field_mappings).map(([from, to]) => ({ from, to })),
      consent: job.consent_field ?? "",
      consentForNew: job.consent_for_new,
      mobile: job.sms_field ?? "",
      mobileConsent: job.sms_consent_field ?? "",
    });
  }

  with(changes: Partial<Choices>): Choices {
    return new Choices({ ...this, ...changes });
  }
}

/** What of an export can be changed later. */
export function changesOf(choices: Choices) {
  return {
    audiences: choices.audiences.map((slug) => ({ slug })),
    description: choices.description.trim() || null,
    existing_users: choices.existing,
    resubscribe_users: choices.resubscribe,
    queue_autoresponders: choices.autoresponders,
    email_field: choices.email,
    name_field: choices.name,
    field_mappings: Object.fromEntries(
      choices.pairs.filter((one) => one.from && one.to).map((one) => [one.from, one.to]),
    ),
    consent_field: choices.consent || null,
    consent_for_new: choices.consentForNew,
    sms_field: choices.mobile || null,
    sms_consent_field: choices.mobileConsent || null,
  } satisfies Schemas["ExportChanges"];
}

export function bodyOf(choices: Choices, dryRun: boolean): Schemas["NewExport"] {
  return {
    ...changesOf(choices),
    authorization_id: choices.account,
    list_id: choices.list,
    dry_run: dryRun,
  };
}

/** What is missing or cannot be, by the names that the API has for it. */
export function mistakesOf(choices: Choices): Detail[] {
  const found: Detail[] = [];
  const told = (field: string, message: string) => found.push({ field, message });
  if (!choices.account) told("authorization_id", "Choose an account.");
  if (!choices.list) told("list_id", "Choose a list.");
  if (choices.audiences.length === 0) told("audiences", "Choose at least one audience.");
  if (!choices.email) told("email_field", "Choose the field that contains the user's email.");
  if (!choices.name) told("name_field", "Choose the field that contains the user's full name.");
  if (choices.pairs.some((one) => Boolean(one.from) !== Boolean(one.to)))
    told("field_mappings", "Choose both fields of each mapping, or remove it.");
  const sources = choices.pairs.map((one) => one.from).filter(Boolean);
  if (new Set(sources).size < sources.length) told("field_mappings", "A Lytics field can be mapped once.");
  if (choices.mobileConsent && !choices.mobile)
    told("sms_consent_field", "Choose the field with the mobile number, too.");
  return found;
}

const PLAIN = ["account", "client", "list", "audiences", "description"];

/** Whether an advanced option is not as it is by itself. */
export function isAdvanced(choices: Choices): boolean {
  const usual = new Choices();
  return Object.entries(choices).some(
    ([name, value]) =>
      !PLAIN.includes(name) && JSON.stringify(value) !== JSON.stringify(usual[name as keyof Choices]),
  );
}
