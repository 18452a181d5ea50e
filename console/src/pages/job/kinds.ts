/** What imports and exports have in common, by routes that differ in their first word alone. */

import { answered, api, type Schemas } from "../../api/client";
import type { Kind } from "../../words/jobs";

export type Failure = Schemas["ImportFailure"] | Schemas["ExportFailure"];
export type FailurePage = Omit<Schemas["ImportFailurePage"], "items"> & { items: Failure[] };

interface Wanted {
  code?: string;
  email?: string;
  cursor?: string;
  limit?: number;
}

const at = (id: string) => ({ path: { id } });

interface Routes {
  start: (id: string) => Promise<unknown>;
  stop: (id: string) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
  failures: (
    id: string,
    query: Wanted,
    signal?: AbortSignal,
  ) => Promise<{ data?: FailurePage; error?: unknown; response: Response }>;
  csv: (id: string, query: Wanted) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
}

const CSV = { headers: { Accept: "text/csv" }, parseAs: "text" } as const;

export const ROUTES: Record<Kind, Routes> = {
  imports: {
    start: (id) => answered(api.POST("/imports/{id}/start", { params: at(id) })),
    stop: (id) => answered(api.POST("/imports/{id}/stop", { params: at(id) })),
    remove: (id) => answered(api.DELETE("/imports/{id}", { params: at(id) })),
    failures: (id, query, signal = null as never) =>
      api.GET("/imports/{id}/failures", { params: { ...at(id), query }, signal }),
    csv: (id, query) => api.GET("/imports/{id}/failures", { params: { ...at(id), query }, ...CSV }),
  },
  exports: {
    start: (id) => answered(api.POST("/exports/{id}/start", { params: at(id) })),
    stop: (id) => answered(api.POST("/exports/{id}/stop", { params: at(id) })),
    remove: (id) => answered(api.DELETE("/exports/{id}", { params: at(id) })),
    failures: (id, query, signal = null as never) =>
      api.GET("/exports/{id}/failures", { params: { ...at(id), query }, signal }),
    csv: (id, query) => api.GET("/exports/{id}/failures", { params: { ...at(id), query }, ...CSV }),
  },
};

export const ONE: Record<Kind, string> = { imports: "import", exports: "export" };

/** The path of a tab of a job. */
export function tabPath(kind: Kind, id: string, tab = ""): string {
  return `/${kind}/${id}${tab && `/${tab}`}`;
}
