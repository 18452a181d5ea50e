/** What all forms of jobs have in common. */

import { NewImport as LIMITS } from "../api/limits";
import { TextField } from "../components";
import type { Kind } from "../words/jobs";

/** What somebody has chosen, how they change it, and what is wrong with a field, by its name at the API. */
export interface Form<T> {
  draft: T;
  edit: (change: Partial<T>) => void;
  error: (field: string) => string | undefined;
}

/** Some members of an object. */
export function picked<T, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>;
}

/** A number if it is written as one; else as it is written, for the API to say what is wrong. */
export function numberOf(text: string): number {
  return (/^\d+$/.test(text.trim()) ? Number(text) : text) as number;
}

const NAMED_BY: Record<Kind, string> = { import: "client", export: "list" };

export function Description({
  draft,
  edit,
  error,
  of: kind,
}: Form<{ description: string | null }> & { of: Kind }) {
  return (
    <TextField
      label="Description"
      value={draft.description ?? ""}
      onInput={(text) => edit({ description: text || null })}
      error={error("description")}
      help={`A name for this ${kind}. Without one it goes by its ${NAMED_BY[kind]}.`}
      {...LIMITS.description}
    />
  );
}
