/** Settings as somebody changes them: what differs is sent, what another changes meanwhile shows through. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Action } from "../../api/live";
import { Button, Problem } from "../../components";
import { May } from "../../session/session";
import { count } from "../../words/jobs";

export interface Edits<T> {
  /** What is stored, with what was changed here. */
  draft: T;
  changes: Partial<T>;
  edit: (change: Partial<T>) => void;
  clear: () => void;
}

export function useEdits<T extends object>(stored: T): Edits<T> {
  const [edits, set] = useState<Partial<T>>({});
  const changed = Object.entries(edits).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(stored[name as keyof T]),
  );
  return {
    draft: { ...stored, ...edits },
    changes: Object.fromEntries(changed) as Partial<T>,
    edit: (change) => set((before) => ({ ...before, ...change })),
    clear: () => set({}),
  };
}

/** Settings that belong together, under their name. */
export function Section({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <fieldset>
      <legend>{name}</legend>
      <div class="section">{children}</div>
    </fieldset>
  );
}

/** The end of a form: save, or leave all as it was. */
export function Save<T extends object>({
  edits,
  action,
  fields,
  children,
}: {
  edits: Edits<T>;
  action: Action<[], unknown>;
  /** Members whose mistakes stand beside their fields. */
  fields: readonly string[];
  /** What follows from a change. */
  children: ComponentChildren;
}) {
  const changes = Object.keys(edits.changes).length;
  const { error } = action;
  const isBeside = error && error.details.length > 0 && error.details.every((one) => isOf(one.field, fields));
  return (
    <May role="operator" else={<p class="dim">An operator or an admin can change this.</p>}>
      {error && !isBeside && <Problem error={error} />}
      {isBeside && (
        <p class="bad" role="alert">
          Nothing was saved: see the fields above that are marked.
        </p>
      )}
      <div class="row">
        <Button type="submit" kind="primary" busy={action.busy} disabled={changes === 0}>
          Save changes
        </Button>
        {changes > 0 && (
          <Button
            kind="quiet"
            onClick={() => {
              edits.clear();
              action.clear();
            }}
          >
            Discard
          </Button>
        )}
        <span class="small dim">
          {changes === 0 ? "Nothing is changed." : `${count(changes, "setting")} changed.`} {children}
        </span>
      </div>
    </May>
  );
}

function isOf(field: string, fields: readonly string[]): boolean {
  return fields.some((one) => field === one || field.startsWith(`${one}.`));
}

/** A number if it is written as one; else as it is written, for the API to say what is wrong. */
export function numberOf(text: string): number {
  return (/^\d+$/.test(text.trim()) ? Number(text) : text) as number;
}
