/** How things are: badges, banners, bars, and what is shown while there is nothing to show. */

import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

export type Tone = "good" | "bad" | "warn" | "busy" | "note" | "off";

const TONE_ICONS: Record<Tone, IconName> = {
  good: "check",
  bad: "alert",
  warn: "alert",
  busy: "retry",
  note: "info",
  off: "info",
};

/** A state in a word or a few. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class="badge" data-tone={tone}>
      {children}
    </span>
  );
}

/** What somebody should know now, with the button that solves it. */
export function Banner({
  tone,
  title,
  children,
  action,
}: {
  tone: Tone;
  title: ComponentChildren;
  children?: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class="banner" data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={TONE_ICONS[tone]} />
      <div class="banner-text">
        <strong>{title}</strong>
        {children}
      </div>
      {action && <div class="banner-action">{action}</div>}
    </div>
  );
}

/** What is shown where there is nothing yet. */
export function Empty({
  title,
  icon = "info",
  children,
  action,
}: {
  title: string;
  icon?: IconName;
  children?: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children && <div class="dim">{children}</div>}
      {action && <div class="empty-action">{action}</div>}
    </div>
  );
}

const WIDTHS = ["92%", "78%", "85%", "64%", "88%", "71%"];

/** The place of what is being read. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-busy="true">
      <span class="unseen">Reading…</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="skeleton-line" style={{ width: WIDTHS[line % WIDTHS.length] }} />
      ))}
    </div>
  );
}

/** How much of something is done; `value` null: nobody knows. */
export function Progress({
  label,
  value,
  max = 1,
  says,
}: {
  label: string;
  value: number | null;
  max?: number;
  /** What stands to the right, such as *38 of 118*. */
  says?: ComponentChildren;
}) {
  const share = value === null || max <= 0 ? null : Math.min(1, value / max);
  return (
    <div class="progress">
      <span class="progress-label">{label}</span>
      <span class="progress-says">{says ?? (share === null ? "" : `${Math.floor(share * 100)} %`)}</span>
      <progress aria-label={label} value={share ?? undefined} max={1} />
    </div>
  );
}
