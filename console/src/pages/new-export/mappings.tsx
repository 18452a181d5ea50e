/** Field Mappings: Lytics fields to custom fields of the list, and a field that is missing is made. */

import { useRef, useState } from "preact/hooks";
import { answered, api, type Schemas } from "../../api/client";
import type { useCustomFields } from "../../api/jobs";
import { NewCustomField as LIMITS } from "../../api/limits";
import { useAction } from "../../api/live";
import {
  Button,
  Dialog,
  type Option,
  Picker,
  Problem,
  SelectField,
  TextField,
  toast,
} from "../../components";
import { focusOn } from "../../components/focus";
import { OF_LYTICS } from "../../forms/export-fields";
import type { Choices, Pair } from "./choices";

type NewField = Schemas["NewCustomField"];

const OWN = "Lytics Audiences";
const TYPES = [
  { value: "Text", name: "Text" },
  { value: "Number", name: "Number" },
  { value: "Date", name: "Date" },
] as const;

export function Mappings({
  choices,
  onChange,
  options,
  custom: asked,
  error,
}: {
  /** Of which list, and which pairs. */
  choices: Pick<Choices, "account" | "list" | "pairs">;
  onChange: (pairs: readonly Pair[]) => void;
  options: readonly Option[] | undefined;
  custom: ReturnType<typeof useCustomFields>;
  error: string | undefined;
}) {
  const [making, setMaking] = useState<number | null>(null);
  const add = useRef<HTMLDivElement>(null);
  const { pairs } = choices;
  const set = (index: number, pair: Partial<Pair>) =>
    onChange(pairs.map((one, at) => (at === index ? { ...one, ...pair } : one)));
  const targets = asked.data?.items
    .filter((one) => one.name !== OWN)
    .map((one) => ({ value: one.name, name: one.name, hint: typeName(one.data_type) }));
  return (
    <fieldset class="stack">
      <legend class="field-label">Field Mappings</legend>
      <p class="field-help">
        Map Lytics user fields to Campaign Monitor custom fields for the selected list.
      </p>
      {error && <p class="field-error">{error}</p>}
      {pairs.map((pair, index) => (
        <div class="pair" key={index} role="group" aria-label={`Mapping ${index + 1}`}>
          <Picker
            label="Lytics field"
            placeholder="Choose a field"
            options={options}
            {...OF_LYTICS}
            value={pair.from}
            onChange={(from) => set(index, { from })}
          />
          <Picker
            label="Custom field"
            placeholder={choices.list ? "Choose a field" : "Choose a list first"}
            none="The list has no custom field yet."
            disabled={!choices.list}
            options={targets}
            value={pair.to}
            onChange={(to) => set(index, { to })}
          />
          <div class="pair-actions">
            <Button small icon="plus" disabled={!choices.list} onClick={() => setMaking(index)}>
              New field
            </Button>
            <Button
              small
              kind="quiet"
              icon="close"
              label={`Remove mapping ${index + 1}`}
              onClick={() => {
                onChange(pairs.filter((_, at) => at !== index));
                focusOn(add.current?.querySelector("button"));
              }}
            />
          </div>
        </div>
      ))}
      <div ref={add}>
        <Button icon="plus" onClick={() => onChange([...pairs, { from: "", to: "" }])}>
          Add a mapping
        </Button>
      </div>
      {making !== null && (
        <NewFieldDialog
          choices={choices}
          suggestion={pairs[making]?.from ?? ""}
          onClose={() => setMaking(null)}
          onMade={async (name) => {
            await asked.refresh();
            set(making, { to: name });
            setMaking(null);
          }}
        />
      )}
      {asked.error && <Problem error={asked.error} onRetry={asked.refresh} />}
    </fieldset>
  );
}

function NewFieldDialog({
  choices,
  suggestion,
  onClose,
  onMade,
}: {
  choices: Pick<Choices, "account" | "list">;
  suggestion: string;
  onClose: () => void;
  onMade: (name: string) => Promise<void>;
}) {
  const [name, setName] = useState(() => spoken(suggestion));
  const [type, setType] = useState<NonNullable<NewField["data_type"]>>("Text");
  const make = useAction(async () => {
    const path = { id: choices.account, list_id: choices.list };
    const made = await answered(
      api.POST("/authorizations/{id}/lists/{list_id}/custom-fields", {
        params: { path },
        body: { name: name.trim(), data_type: type },
      }),
    );
    toast(`The field ${made.name} was made.`);
    await onMade(made.name);
  });
  return (
    <Dialog
      title="New custom field"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={make.busy} onClick={() => make.run()}>
            Make the field
          </Button>
        </>
      }
    >
      <p>It is made on the list at Campaign Monitor at once.</p>
      <TextField
        label="Field name"
        value={name}
        onInput={setName}
        {...LIMITS.name}
        error={make.error?.of("name")}
      />
      <SelectField
        label="Type"
        value={type}
        options={TYPES}
        onChange={setType}
        help="A field with options is made at Campaign Monitor."
      />
      {make.error && <Problem error={make.error} />}
    </Dialog>
  );
}

/** `favourite_colour` is Favourite colour. */
function spoken(name: string): string {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function typeName(type: string): string {
  const names: Record<string, string> = { MultiSelectOne: "One option", MultiSelectMany: "Several options" };
  return names[type] ?? type;
}
