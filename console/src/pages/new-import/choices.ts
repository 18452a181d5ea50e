/** What somebody has chosen for a new import, and whether it can be one. */

import type { Schemas } from "../../api/client";
import { type ImportSettings, isPeriod, PERIODS } from "../../forms/import-fields";

type Detail = Schemas["Detail"];

const DAY = /^\d{4}-\d\d-\d\d$/;

export interface Choices extends ImportSettings {
  account: string;
  client: string;
  lists: string[];
}

export const UNCHOSEN: Choices = {
  account: "",
  client: "",
  lists: [],
  description: null,
  keep_updated: false,
  every_minutes: 60,
  tracking_consent: "respect",
  keep_last_open_day: false,
  rows_since: null,
  keep_rows_days: null,
  drop_columns: ["ip", "signup_ip"], // what the API drops unless told otherwise
  hash_columns: [],
};

export function bodyOf(choices: Choices): Schemas["NewImport"] {
  const { account, client, lists, every_minutes, ...settings } = choices;
  return {
    ...settings,
    authorization_id: account,
    client_id: client,
    list_ids: lists,
    description: settings.description?.trim() || null,
    ...(settings.keep_updated && { every_minutes }),
  };
}

/** What is missing or cannot be, by the names that the API has for it. */
export function mistakesOf(choices: Choices): Detail[] {
  const found: Detail[] = [];
  const told = (field: string, message: string) => found.push({ field, message });
  const { rows_since: since, keep_rows_days: days } = choices;
  if (!choices.account) told("authorization_id", "Choose an account.");
  else if (!choices.client) told("client_id", "Choose a client.");
  if (choices.keep_updated && !isPeriod(choices.every_minutes))
    told("every_minutes", `Run every: give ${PERIODS}.`);
  if (since && !DAY.test(since)) told("rows_since", "History since: give a day, or nothing.");
  else if (since && since > new Date().toISOString().slice(0, 10))
    told("rows_since", "History since: this day is in the future, so no activity would be read.");
  if (days !== null && !(Number.isInteger(days) && days > 0))
    told("keep_rows_days", "Forget activity after: give a number of days, or nothing.");
  return found;
}
