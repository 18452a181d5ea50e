/** Words for imports and exports: what they are called, how they are, why they did something. */

import type { Schemas } from "../api/client";
import type { Tone } from "../components/states";

export type Import = Schemas["Import"];
export type Export = Schemas["Export"];
export type Kind = "imports" | "exports";

/** How something is, and the colour of that. */
export interface State {
  tone: Tone;
  says: string;
}

/** Names one after the other: the first three, and how many more. */
export function listed(names: readonly string[], most = 3): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}

/** `1 list`, `3 lists`, `1,204 lists`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

export function importName(job: Import): string {
  return job.description ?? `Import of ${job.client.name ?? job.client.id}`;
}

export function exportName(job: Export): string {
  return job.description ?? `${listed(audienceNames(job), 2)} to ${job.list.name ?? job.list.id}`;
}

export function audienceNames(job: Export): string[] {
  return job.audiences.map((one) => one.name ?? one.slug);
}

/** Which lists an import reads. */
export function listNames(job: Import): string {
  if (job.list_ids.length === 0) return "all lists";
  return listed(job.lists.map((one) => one.name ?? one.id)) || counted(job.list_ids.length, "list");
}

export function importState(job: Import): State {
  switch (job.status) {
    case "running":
      return job.run?.waiting
        ? { tone: "warn", says: "Waiting for Campaign Monitor" }
        : { tone: "busy", says: "Importing" };
    case "scheduled":
      return { tone: "good", says: "Kept updated" };
    case "completed":
      return { tone: "good", says: "Completed" };
    case "stopped":
      return { tone: "off", says: "Stopped" };
    case "failed":
      return { tone: "bad", says: "Failed" };
  }
}

export function exportState(job: Export): State {
  switch (job.status) {
    case "starting":
      return { tone: "busy", says: "Making the list ready" };
    case "running":
      if (job.waiting) return { tone: "warn", says: "Waiting for Campaign Monitor" };
      if (job.message) return { tone: "warn", says: "Needs a look" };
      if (job.dry_run) return { tone: "note", says: "Dry run" };
      if (isReading(job)) return { tone: "busy", says: "Adding existing users" };
      return { tone: "good", says: "Running" };
    case "stopped":
      return { tone: "off", says: "Stopped" };
    case "failed":
      return { tone: "bad", says: "Failed" };
  }
}

/** Whether existing users are being read. */
export function isReading(job: Export): boolean {
  const reads = job.existing ?? [];
  return job.status === "running" && reads.some((one) => !one.done && one.failed === undefined);
}

export const RUN_STATES: Record<Schemas["PastRun"]["status"], State> = {
  running: { tone: "busy", says: "Running" },
  succeeded: { tone: "good", says: "Succeeded" },
  failed: { tone: "bad", says: "Failed" },
};

export const HOUR_STATES: Record<Schemas["HourOfExport"]["result"], State> = {
  succeeded: { tone: "good", says: "Succeeded" },
  partial: { tone: "warn", says: "In part" },
  failed: { tone: "bad", says: "Failed" },
};

/** Why a run of an import began. */
export const RUN_TRIGGERS: Record<NonNullable<Schemas["PastRun"]["trigger"]>, string> = {
  person: "Somebody",
  schedule: "Schedule",
  "catch-up": "Catching up",
  reconnected: "Account reconnected",
};

/** Why an export sent people. */
export const SEND_TRIGGERS: Record<Schemas["LedgerEntry"]["trigger"], string> = {
  audience: "Trigger of Lytics",
  existing_users: "Existing users",
  start: "Start or change",
  upkeep: "Daily check",
  retry: "Retry of failures",
  try: "Try of one person",
};

export const OUTCOMES: Record<Schemas["LedgerEntry"]["outcome"], State> = {
  added: { tone: "good", says: "Added" },
  changed: { tone: "good", says: "Changed" },
  removed: { tone: "note", says: "Removed" },
  skipped: { tone: "off", says: "Skipped" },
  refused: { tone: "bad", says: "Refused" },
  kept_out: { tone: "warn", says: "Kept out" },
};

/** What a dry run says would become of somebody. */
export const WOULD: Record<Schemas["Planned"]["would"], State> = {
  add: { tone: "good", says: "Would be added" },
  change: { tone: "note", says: "Would change" },
  keep: { tone: "off", says: "Stays as it is" },
  resubscribe: { tone: "warn", says: "Would be subscribed again" },
  refuse: { tone: "bad", says: "Would be refused" },
};

/** What the pages of a run are of, in the order in which they are shown. */
export const STAGES = {
  subscribers: "Subscribers",
  consents: "Consent to be tracked",
  campaigns: "Campaigns",
  journeys: "Journeys",
  recipients: "Recipients",
  opens: "Opens",
  clicks: "Clicks",
  bounces: "Bounces",
  unsubscribes: "Unsubscribes",
  spam: "Spam complaints",
} as const satisfies Record<string, string>;
