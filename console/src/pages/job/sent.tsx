/** What was sent of a person, field by field, for those who open it. */

import type { Schemas } from "../../api/client";
import { count } from "../../words/jobs";

type Values = NonNullable<Schemas["LedgerEntry"]["sent"]>;

export function Sent({ of: entry }: { of: { sent: Values | null; left_out: number } }) {
  if (!entry.sent) return null;
  const fields = Object.entries(entry.sent);
  return (
    <details class="sent">
      <summary>{count(fields.length, "field")} sent</summary>
      <dl>
        {fields.map(([key, value]) => (
          <div key={key}>
            <dt>{fieldName(key)}</dt>
            <dd>{shown(value)}</dd>
          </div>
        ))}
      </dl>
      {entry.left_out > 0 && (
        <p class="small dim">{count(entry.left_out, "field")} were too large to be kept here.</p>
      )}
    </details>
  );
}

const NAMES: Record<string, string> = {
  name: "Name",
  mobile_number: "Mobile number",
  consent_to_track: "Consent to be tracked",
  consent_to_sms: "Consent to short messages",
  "[LyticsAudiences]": "Lytics Audiences",
};

/** `[City]`, a custom field's key, is the field City. */
export function fieldName(key: string): string {
  return NAMES[key] ?? key.replace(/^\[(.*)\]$/, "$1");
}

function shown(value: string | string[] | null): string {
  if (value === null) return "cleared";
  return Array.isArray(value) ? value.join(", ") || "none" : value || "empty";
}
