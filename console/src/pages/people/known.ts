/** What fields are called and what type they have, by the mappings in force. */

import { api, type Schemas } from "../../api/client";
import { useLive } from "../../api/live";

export type Line = Schemas["MappedField"];

/** The fields of both streams by name, in the order of the tables; empty until they are known. */
export function useKnownFields(): ReadonlyMap<string, Line> {
  const people = useLive("/streams/cm_user/mapping", (signal) => mapping("cm_user", signal), { poll: false });
  const activity = useLive("/streams/cm_activity/mapping", (signal) => mapping("cm_activity", signal), {
    poll: false,
  });
  const lines = [...(people.data?.columns ?? []), ...(activity.data?.columns ?? [])];
  return new Map(lines.reverse().map((line) => [line.field, line]));
}

function mapping(stream: Schemas["Stream"], signal: AbortSignal) {
  return api.GET("/streams/{stream}/mapping", { params: { path: { stream } }, signal });
}

/** What people call a field: its description, without the vendor's name before each. */
export function titleOf(field: string, known: ReadonlyMap<string, Line>): string {
  const said = known.get(field)?.description ?? field;
  return said.replace(/^(Campaign Monitor|CM) (?=\S)/, "").replace(/^./, (letter) => letter.toUpperCase());
}

/** Whether a field tells a time. */
export function isMoment(field: string, known: ReadonlyMap<string, Line>): boolean {
  const line = known.get(field);
  return line?.type === "date" || (line?.type === "number" && line.expression.includes("epochms"));
}
