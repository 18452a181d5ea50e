/** Imports and exports in words: what they are called, how they are, how their runs went. */

import type { Schemas } from "../api/client";
import type { RunBar } from "../components/charts";
import type { Tone } from "../components/states";
import { clockOf, inZone, lasting } from "./times";

export type Import = Schemas["Import"];
export type Export = Schemas["Export"];
export type Kind = "import" | "export";

export interface State {
  tone: Tone;
  says: string;
}

/** Where the page of a job is. */
export function pathOf(kind: Kind, id: string): string {
  return `/${kind}s/${encodeURIComponent(id)}`;
}

/** An id is the name of what has none. */
export function named(thing: { id: string; name?: string | null } | null | undefined): string {
  return thing ? (thing.name ?? thing.id) : "";
}

export function importName(job: Import): string {
  return job.description ?? `Import of ${named(job.client)}`;
}

export function exportName(job: Export): string {
  return job.description ?? `Export to ${named(job.list)}`;
}

/** Account › client › lists. */
export function importWhere(job: Import): string[] {
  return [named(job.authorization), named(job.client), listsOf(job)];
}

export function listsOf(job: Import): string {
  if (job.list_ids.length === 0) return "all lists";
  return someOf(job.list_ids.map((id) => named(job.lists.find((list) => list.id === id) ?? { id })));
}

/** Names in a sentence: of many, the first two. */
export function someOf(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(", ");
}

/** Account › client › list. */
export function exportWhere(job: Export): string[] {
  return [named(job.authorization), named(job.client), named(job.list)].filter(Boolean);
}

export function audiencesOf(job: Export): string[] {
  return job.audiences.map((one) => one.name ?? one.slug);
}

export function importState(job: Import): State {
  switch (job.status) {
    case "running":
      if (job.run?.waiting) return { tone: "warn", says: `Waiting since ${clockOf(job.run.waiting.since)}` };
      return { tone: "busy", says: `Importing, ${percent(job.run?.progress ?? 0)}` };
    case "scheduled":
      return job.run?.status === "failed"
        ? { tone: "bad", says: "Last run failed" }
        : { tone: "good", says: "Up to date" };
    case "completed":
      return { tone: "good", says: "Completed" };
    case "stopped":
      return { tone: "off", says: "Stopped" };
    case "failed":
      return { tone: "bad", says: "Failed" };
  }
}

export function exportState(job: Export): State {
  if (job.dry_run && job.status !== "failed")
    return job.status === "stopped"
      ? { tone: "note", says: "Preview" }
      : { tone: "busy", says: "Previewing" };
  switch (job.status) {
    case "starting":
      return { tone: "busy", says: "Setting up" };
    case "running":
      if (job.waiting) return { tone: "warn", says: `Waiting since ${clockOf(job.waiting.since)}` };
      if (isReading(job)) return { tone: "busy", says: "Adding existing users" };
      return job.message ? { tone: "warn", says: "Needs a look" } : { tone: "good", says: "In sync" };
    case "stopped":
      return { tone: "off", says: "Stopped" };
    case "failed":
      return { tone: "bad", says: "Failed" };
  }
}

/** Whether people are still read who were in the audiences before. */
export function isReading(job: Export): boolean {
  return (job.existing ?? []).some((one) => !one.done && !one.failed);
}

/** Whether an export does something that is worth a look every second. */
export function isBusy(job: Export): boolean {
  return job.status === "starting" || (job.status === "running" && (job.dry_run || isReading(job)));
}

export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

const TRIGGERS: Record<string, string> = {
  person: "started by a person",
  schedule: "by schedule",
  "catch-up": "catching up",
  reconnected: "after reconnecting",
  audience: "people entered or left",
  existing_users: "existing users",
  start: "after a start",
  upkeep: "daily check",
  retry: "tried again",
  try: "one person tried",
};

/** Why a run, or an hour of an export, began. */
export function triggerOf(trigger: string | null): string {
  return trigger === null ? "" : (TRIGGERS[trigger] ?? trigger);
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

/** The runs of an import as bars, oldest first; they come newest first. */
export function importBars(runs: readonly Schemas["PastRun"][]): RunBar[] {
  return runs.toReversed().map((run) => ({
    key: run.id,
    tone: run.status === "failed" ? "bad" : run.status === "running" ? "busy" : "good",
    size: run.seconds ?? 0,
    says: [
      inZone(run.began_at),
      run.status === "failed" ? `failed: ${run.reason ?? "see its failures"}` : run.status,
      run.seconds === null ? "" : lasting(run.seconds),
      count(run.rows.cm_user + run.rows.cm_activity, "row"),
    ]
      .filter(Boolean)
      .join(" · "),
  }));
}

/** The hours of an export as bars, oldest first; they come newest first. */
export function exportBars(hours: readonly Schemas["HourOfExport"][]): RunBar[] {
  return hours.toReversed().map((hour) => ({
    key: hour.id,
    tone: hour.result === "failed" ? "bad" : hour.result === "partial" ? "warn" : "good",
    size: hour.people,
    says: [
      inZone(hour.began_at),
      triggerOf(hour.trigger),
      count(hour.people, "person", "people"),
      hour.reason,
    ]
      .filter(Boolean)
      .join(" · "),
  }));
}
