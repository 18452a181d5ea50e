/** What jobs did, in words: runs, hours, what became of people, and the stages of a run. */

import type { Schemas } from "../api/client";
import { calledOf } from "./called";
import type { State } from "./jobs";
import { sentence } from "./problems";

export const RUN_STATES: Record<Schemas["PastRun"]["status"], State> = {
  running: { tone: "busy", says: "Running" },
  succeeded: { tone: "good", says: "Succeeded" },
  failed: { tone: "bad", says: "Failed" },
};

export const HOUR_STATES: Record<Schemas["HourOfExport"]["result"], State> = {
  succeeded: { tone: "good", says: "Succeeded" },
  partial: { tone: "warn", says: "Partly done" },
  failed: { tone: "bad", says: "Failed" },
};

/** What became of a person in an export. */
export const OUTCOMES: Record<Schemas["LedgerEntry"]["outcome"], State> = {
  added: { tone: "good", says: "Added" },
  changed: { tone: "note", says: "Changed" },
  removed: { tone: "off", says: "Removed" },
  skipped: { tone: "off", says: "Skipped" },
  refused: { tone: "bad", says: "Refused" },
  kept_out: { tone: "warn", says: "Kept out" },
};

/** What a preview says would become of a person. */
export const WOULD: Record<Schemas["Planned"]["would"], State> = {
  add: { tone: "good", says: "Would be added" },
  change: { tone: "note", says: "Would be changed" },
  keep: { tone: "off", says: "No change" },
  resubscribe: { tone: "warn", says: "Would be subscribed again" },
  refuse: { tone: "bad", says: "Would be refused" },
};

/** What the pages of a run are of, in the order in which they are shown. */
const STAGES: readonly (readonly [string, string])[] = [
  ["subscribers", "Subscribers"],
  ["consents", "Consent to be tracked"],
  ["campaigns", "Campaigns"],
  ["journeys", "Journeys"],
  ["recipients", "Recipients"],
  ["opens", "Opens"],
  ["clicks", "Clicks"],
  ["bounces", "Bounces"],
  ["unsubscribes", "Unsubscribes"],
  ["spam", "Spam complaints"],
];

export interface Stage {
  name: string;
  done: number;
  total: number;
}

/** The stages that a run has something of; a stage that is new here goes by its own name. */
export function stagesOf(run: Schemas["Run"]): Stage[] {
  const left = new Map(Object.entries(run.stages));
  const known = STAGES.flatMap(([key, name]) => {
    const found = left.get(key);
    left.delete(key);
    return found ? [{ name, ...found }] : [];
  });
  return [...known, ...[...left].map(([name, found]) => ({ name, ...found }))];
}

/** The text with a capital letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A message of the API as a sentence, in the words of these pages. */
export function plain(text: string): string {
  return sentence(text.replace(/\b[a-z]+(?:_[a-z]+)+\b/g, (word) => calledOf(word) ?? word));
}

/** Why Campaign Monitor is waited for, for people; what it said word by word is told beside it. */
export function waitingFor(reason: string): string {
  const status = /status (\d{3})/.exec(reason)?.[1];
  if (status === "429" || reason.includes("asks for patience"))
    return "It asks for patience: there were too many calls at once.";
  if (status) return `It answers with status ${status}, which means trouble on its side.`;
  if (reason.includes("could not be reached")) return "It cannot be reached.";
  return plain(reason);
}

/** What is wrong, without the remedy that stands beside it. */
export function withoutRemedy(message: string, remedy: string): string {
  const end = message.lastIndexOf(remedy);
  return end > 0 && end + remedy.length === message.length
    ? message.slice(0, end).replace(/[;:,]\s*$/, "")
    : message;
}
