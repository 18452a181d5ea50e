/** What imports and exports have in common: requests whose paths differ in their first word alone. */

import { answered, api, type Schemas } from "../../api/client";
import type { Kind } from "../../words/jobs";

export type Failure = Schemas["ImportFailure"] | Schemas["ExportFailure"];
export type FailurePage = Omit<Schemas["ImportFailurePage"], "items"> & { items: Failure[] };

/** Which failures are wanted. */
export interface Wanted {
  code?: string;
  email?: string;
  cursor?: string;
  limit?: number;
}

interface Asked<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

interface Routes {
  start: (id: string) => Promise<unknown>;
  stop: (id: string) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
  failures: (id: string, query: Wanted, signal: AbortSignal | null) => Promise<Asked<FailurePage>>;
  /** The same as CSV. */
  csv: (id: string, query: Wanted) => Promise<Asked<string>>;
}

const of = (id: string) => ({ params: { path: { id } } });
const asked = (id: string, query: Wanted) => ({ params: { path: { id }, query } });
const CSV = { headers: { Accept: "text/csv" }, parseAs: "text" } as const;

/** An answer that may be JSON or CSV, as the one that was asked for. */
async function told<T extends FailurePage | string>(
  answer: Promise<Asked<FailurePage | string>>,
  is: (data: FailurePage | string) => data is T,
): Promise<Asked<T>> {
  const { data, error, response } = await answer;
  return { error, response, ...(data !== undefined && is(data) && { data }) };
}

const isText = (data: FailurePage | string) => typeof data === "string";
const isPage = (data: FailurePage | string) => typeof data !== "string";

const ROUTES: Record<Kind, Routes> = {
  import: {
    start: (id) => answered(api.POST("/imports/{id}/start", of(id))),
    stop: (id) => answered(api.POST("/imports/{id}/stop", of(id))),
    remove: (id) => answered(api.DELETE("/imports/{id}", of(id))),
    failures: (id, query, signal) =>
      told(api.GET("/imports/{id}/failures", { ...asked(id, query), signal }), isPage),
    csv: (id, query) => told(api.GET("/imports/{id}/failures", { ...asked(id, query), ...CSV }), isText),
  },
  export: {
    start: (id) => answered(api.POST("/exports/{id}/start", of(id))),
    stop: (id) => answered(api.POST("/exports/{id}/stop", of(id))),
    remove: (id) => answered(api.DELETE("/exports/{id}", of(id))),
    failures: (id, query, signal) =>
      told(api.GET("/exports/{id}/failures", { ...asked(id, query), signal }), isPage),
    csv: (id, query) => told(api.GET("/exports/{id}/failures", { ...asked(id, query), ...CSV }), isText),
  },
};

export function routesOf(kind: Kind): Routes {
  return ROUTES[kind];
}
