/** Field Mappings: which Lytics field fills which custom field of the list. */

import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { useLive } from "../../api/live";
import { Button, type Option, Picker } from "../../components";
import type { Export } from "../../words/jobs";

type Pair = readonly [string, string];

export function Mappings({
  job,
  fields,
  value,
  onChange,
  error,
}: {
  job: Export;
  fields: readonly Option[] | undefined;
  value: { [field: string]: string };
  onChange: (value: { [field: string]: string }) => void;
  error: string | undefined;
}) {
  const custom = useCustomFields(job);
  const stored = Object.entries(value);
  const [open, setOpen] = useState<readonly Pair[]>([]);
  const pairs: readonly Pair[] = [...stored, ...open];
  const change = (next: readonly Pair[]) => {
    const whole = next.filter(([from, to]) => from && to);
    onChange(Object.fromEntries(whole));
    setOpen(next.filter(([from, to]) => !from || !to));
  };
  const at = (index: number, pair: Pair) =>
    change(pairs.map((one, position) => (position === index ? pair : one)));
  return (
    <div class="stack">
      <p class="field-help">
        Map Lytics user fields to Campaign Monitor custom fields for the selected list.
      </p>
      {pairs.map(([from, to], index) => (
        <div class="mapping" key={index}>
          <Picker
            label="Lytics User Field"
            options={fields?.filter((one) => one.value === from || !(one.value in value))}
            value={from}
            onChange={(field) => at(index, [field, to])}
          />
          <Picker
            label="Campaign Monitor Field"
            options={custom && withOwn(custom, to)}
            value={to}
            onChange={(field) => at(index, [from, field])}
            none="The list has no custom field yet."
          />
          <Button
            kind="quiet"
            icon="close"
            label={`Remove the mapping of ${from || "nothing"}`}
            onClick={() => change(pairs.filter((_, position) => position !== index))}
          />
        </div>
      ))}
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      <div>
        <Button small icon="plus" onClick={() => setOpen([...open, ["", ""]])}>
          Add a field
        </Button>
      </div>
    </div>
  );
}

function useCustomFields(job: Export): Option[] | undefined {
  const path = { id: job.authorization_id, list_id: job.list_id };
  const asked = useLive(
    `custom fields of ${job.list_id}`,
    (signal) => api.GET("/authorizations/{id}/lists/{list_id}/custom-fields", { params: { path }, signal }),
    { poll: false },
  );
  if (!asked.data && !asked.error) return undefined;
  return (asked.data?.items ?? [])
    .filter((one) => one.name !== "Lytics Audiences")
    .map((one) => ({ value: one.name, name: one.name, hint: one.data_type }));
}

/** The options with what is mapped already, which the list may not have any more. */
function withOwn(options: readonly Option[], own: string): readonly Option[] {
  if (!own || options.some((one) => one.value === own)) return options;
  return [...options, { value: own, name: own, hint: "not on the list" }];
}
