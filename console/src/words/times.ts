/** Times as people read them, in the viewer's zone. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const distance = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** `Nov 23, 2026, 11:00 AM`, in the viewer's zone. */
export function inZone(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : shown.format(time);
}

/** `Nov 23, 2026` of a day such as `2026-11-23`, which is of no zone. */
export function inDay(day: string): string {
  const time = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(time.getTime())) return day;
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }).format(time);
}

/** `11:00 AM` if it is of today, else with the day. */
export function clockOf(at: string, now = new Date()): string {
  const time = new Date(at);
  return time.toDateString() === now.toDateString() ? clock.format(time) : shown.format(time);
}

/** `2026-11-23 10:00:00 UTC`. */
export function utc(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  return `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `5 minutes ago`, `in 2 hours`, `tomorrow at 10:05`, `in 3 days`; a day begins at midnight in the viewer's zone. */
export function ago(at: string, now = Date.now()): string {
  const away = new Date(at).getTime() - now;
  if (Number.isNaN(away)) return at;
  const size = Math.abs(away);
  if (size < 5 * SECOND) return "now";
  if (size < MINUTE) return distance.format(Math.trunc(away / SECOND), "second");
  if (size < HOUR) return distance.format(Math.trunc(away / MINUTE), "minute");
  if (size < DAY) return distance.format(Math.trunc(away / HOUR), "hour");
  const days = Math.round((midnight(now + away) - midnight(now)) / DAY);
  const day = distance.format(days, "day");
  return days === 1 ? `${day} at ${clock.format(now + away)}` : day;
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** `every hour`, `every 2 days`, `every 45 minutes`. */
export function period(minutes: number): string {
  for (const [size, one] of [
    [7 * 24 * 60, "week"],
    [24 * 60, "day"],
    [60, "hour"],
  ] as const)
    if (minutes >= size && minutes % size === 0)
      return minutes === size ? `every ${one}` : `every ${minutes / size} ${one}s`;
  return minutes === 1 ? "every minute" : `every ${minutes.toLocaleString()} minutes`;
}

/** `1 h 05 min`, `40 s`. */
export function lasting(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
