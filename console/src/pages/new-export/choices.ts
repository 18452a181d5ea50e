/** What somebody has chosen for an export, new or to be changed, and whether it can be one. */

import type { Schemas } from "../../api/client";
import { EXPORT_SETTINGS, type ExportSettings } from "../../forms/export-fields";
import { picked } from "../../forms/form";
import type { Export } from "../../words/jobs";

type Detail = Schemas["Detail"];

/** A Lytics field, and the custom field that it is sent to. */
export interface Pair {
  from: string;
  to: string;
}

export interface Choices extends ExportSettings {
  account: string;
  client: string;
  list: string;
  audiences: string[];
  pairs: readonly Pair[];
}

export const UNCHOSEN: Choices = {
  account: "",
  client: "",
  list: "",
  audiences: [],
  description: null,
  existing_users: false,
  resubscribe_users: false,
  queue_autoresponders: false,
  email_field: "email",
  name_field: "name",
  pairs: [],
  consent_field: null,
  consent_for_new: "unchanged",
  sms_field: null,
  sms_consent_field: null,
};

export function choicesOf(job: Export): Choices {
  return {
    ...picked(job, EXPORT_SETTINGS),
    account: job.authorization_id,
    client: job.client?.id ?? "",
    list: job.list_id,
    audiences: job.audiences.map((one) => one.slug),
    pairs: pairsOf(job.field_mappings),
  };
}

export function pairsOf(mappings: Export["field_mappings"]): Pair[] {
  return Object.entries(mappings).map(([from, to]) => ({ from, to }));
}

/** Pairs of which both fields are chosen. */
export function mappingsOf(pairs: readonly Pair[]): Export["field_mappings"] {
  return Object.fromEntries(pairs.filter((one) => one.from && one.to).map((one) => [one.from, one.to]));
}

/** What of an export can be changed later. */
export function changesOf(choices: Choices) {
  return {
    ...picked(choices, EXPORT_SETTINGS),
    audiences: choices.audiences.map((slug) => ({ slug })),
    description: choices.description?.trim() || null,
    field_mappings: mappingsOf(choices.pairs),
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
  if (!choices.email_field) told("email_field", "Choose the field that contains the user's email.");
  if (!choices.name_field) told("name_field", "Choose the field that contains the user's full name.");
  if (choices.pairs.some((one) => Boolean(one.from) !== Boolean(one.to)))
    told("field_mappings", "Choose both fields of each mapping, or remove it.");
  const sources = choices.pairs.map((one) => one.from).filter(Boolean);
  if (new Set(sources).size < sources.length) told("field_mappings", "A Lytics field can be mapped once.");
  if (choices.sms_consent_field && !choices.sms_field)
    told("sms_consent_field", "Choose the field with the mobile number, too.");
  return found;
}

const ADVANCED = [...EXPORT_SETTINGS, "pairs"] as const;

/** Whether an advanced option is not as it is by itself. */
export function isAdvanced(choices: Choices): boolean {
  return ADVANCED.some(
    (name) => name !== "description" && JSON.stringify(choices[name]) !== JSON.stringify(UNCHOSEN[name]),
  );
}
