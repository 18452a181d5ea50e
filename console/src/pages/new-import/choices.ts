/** What somebody has chosen for a new import, and whether it can be one. */

import type { Schemas } from "../../api/client";

type Detail = Schemas["Detail"];
type Consent = Schemas["TrackingConsent"];

export const DROPPED = ["ip", "signup_ip"];
/** What the API drops unless told otherwise. */

const DAY = /^\d{4}-\d\d-\d\d$/;
const LEAST_MINUTES = 5;
const MOST_MINUTES = 10_080;

export class Choices {
  account = "";
  client = "";
  lists: string[] = [];
  description = "";
  keepUpdated = false;
  minutes = "60";
  consent: Consent = "respect";
  keepLastOpenDay = false;
  since = "";
  keepDays = "";
  drop: string[] = DROPPED;
  hash: string[] = [];

  constructor(given: Partial<Choices> = {}) {
    Object.assign(this, given);
  }

  with(changes: Partial<Choices>): Choices {
    return new Choices({ ...this, ...changes });
  }
}

export function bodyOf(choices: Choices): Schemas["NewImport"] {
  return {
    authorization_id: choices.account,
    client_id: choices.client,
    list_ids: choices.lists,
    description: choices.description.trim() || null,
    keep_updated: choices.keepUpdated,
    ...(choices.keepUpdated && { every_minutes: Number(choices.minutes) }),
    tracking_consent: choices.consent,
    keep_last_open_day: choices.keepLastOpenDay,
    rows_since: choices.since || null,
    keep_rows_days: choices.keepDays ? Number(choices.keepDays) : null,
    drop_columns: choices.drop,
    hash_columns: choices.hash,
  };
}

/** What is missing or cannot be, by the names that the API has for it. */
export function mistakesOf(choices: Choices): Detail[] {
  const found: Detail[] = [];
  const told = (field: string, message: string) => found.push({ field, message });
  if (!choices.account) told("authorization_id", "Choose an account.");
  else if (!choices.client) told("client_id", "Choose a client.");
  if (choices.keepUpdated && !isPeriod(choices.minutes))
    told("every_minutes", "Run every: give from 5 to 10,080 minutes, which is a week.");
  if (choices.since && !DAY.test(choices.since)) told("rows_since", "History since: give a day, or nothing.");
  else if (choices.since > new Date().toISOString().slice(0, 10))
    told("rows_since", "History since: this day is in the future, so no activity would be read.");
  if (choices.keepDays && !isCount(choices.keepDays))
    told("keep_rows_days", "Forget activity after: give a number of days, or nothing.");
  return found;
}

export function isCount(text: string): boolean {
  return /^[1-9]\d{0,6}$/.test(text.trim());
}

/** Whether an import can run so often. */
export function isPeriod(minutes: string): boolean {
  return isCount(minutes) && Number(minutes) >= LEAST_MINUTES && Number(minutes) <= MOST_MINUTES;
}
