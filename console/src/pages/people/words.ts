/** What rows and fields say, in words. */

import type { Schemas } from "../../api/client";

export type Row = Schemas["Row"];
export type Fields = Schemas["Profile"]["fields"];
type Value = Schemas["Explained"]["value"];

function text(row: Row, column: string): string {
  const value = row.fields[column];
  return value === undefined || value === null ? "" : String(value);
}

const LEFT: Record<string, string> = {
  unsubscribe: "Unsubscribed from",
  bounce: "Was taken off, as mail bounced:",
  spam: "Was taken off for a complaint:",
  delete: "Was deleted from",
};

/** What happened, in a line: what was done, and with what. */
export function told(row: Row): { did: string; what: string } {
  const campaign = text(row, "campaign_name");
  const list = text(row, "list_name") || text(row, "client_name") || "the suppression list";
  if (row.stream === "cm_user") return { did: `Became ${text(row, "status") || "known"} on`, what: list };
  const event = text(row, "event");
  switch (event) {
    case "sent":
      return { did: "Was sent", what: campaign };
    case "open":
      return { did: "Opened", what: campaign };
    case "click":
      return { did: "Clicked in", what: campaign };
    case "bounce":
      return { did: "Did not get", what: campaign };
    case "spam":
      return { did: "Complained about", what: campaign };
    case "subscribe":
      return { did: "Subscribed to", what: list };
    case "update":
      return { did: "Changed details on", what: list };
    case "deactivate":
      return { did: LEFT[text(row, "status")] ?? "Left", what: list };
    default:
      return { did: event || row.stream, what: campaign || list };
  }
}

/** Where it happened, and with which link. */
export function beside(row: Row): string[] {
  const place = ["city", "region", "cc"].map((column) => text(row, column)).filter(Boolean);
  return [text(row, "url"), place.join(", ")].filter(Boolean);
}

/** A number of a field; null where an own mapping makes something else of it. */
export function count(fields: Fields, name: string): number | null {
  const value = fields[name];
  return typeof value === "number" ? value : null;
}

export function texts(fields: Fields, name: string): string[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}

/** A map of texts or numbers by key. */
export function entries(fields: Fields, name: string): [string, string | number][] {
  const value = fields[name];
  return value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : [];
}

export function numbers(fields: Fields, name: string): Map<string, number> {
  return new Map(entries(fields, name).filter((one): one is [string, number] => typeof one[1] === "number"));
}

/** A time that a field tells: RFC 3339, or milliseconds since 1970. */
export function moment(value: Value | undefined): string | null {
  if (typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= 8.64e15)
    return new Date(value).toISOString();
  return typeof value === "string" && /^-?\d{4,6}-\d\d-\d\dT/.test(value) ? value : null;
}

const HOURS_OF_A_WEEK = 168;

/** How often in each hour of a week, from Sunday 00:00 UTC. */
export function hoursOfWeek(fields: Fields): number[] {
  const known = numbers(fields, "cm_hourofweek");
  return Array.from({ length: HOURS_OF_A_WEEK }, (_, hour) => known.get(String(hour)) ?? 0);
}

const MOST_MONTHS = 36;
const month = new Intl.DateTimeFormat(undefined, { month: "short", timeZone: "UTC" });

/** How often in each month from the first to the last, at most three years of them. */
export function months(fields: Fields): { name: string; value: number }[] {
  const known = new Map([...numbers(fields, "cm_monthly")].filter(([key]) => /^\d{4}$/.test(key)));
  const keys = [...known.keys()].sort();
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) return [];
  const found = [];
  for (let at = ordinal(first); at <= ordinal(last); at++) {
    const key = `${String(Math.floor(at / 12) % 100).padStart(2, "0")}${String((at % 12) + 1).padStart(2, "0")}`;
    found.push({
      name: `${month.format(Date.UTC(2000 + Math.floor(at / 12), at % 12))} ’${key.slice(0, 2)}`, // no day of a month
      value: known.get(key) ?? 0,
    });
  }
  return found.slice(-MOST_MONTHS);
}

/** `2403` as a number of months. */
function ordinal(yymm: string): number {
  return Number(yymm.slice(0, 2)) * 12 + Number(yymm.slice(2)) - 1;
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** The time of the day, in the viewer's zone. */
export function clockOf(at: string): string {
  return clock.format(new Date(at));
}

/** The day of a time, in the viewer's zone. */
export function dayOf(at: string): string {
  return day.format(new Date(at));
}

const HASHED = /^hash:/;

/** Whether a value is kept as a code that nobody can read, as an import may want it. */
export function isUnreadable(value: unknown): boolean {
  return typeof value === "string" && HASHED.test(value);
}
