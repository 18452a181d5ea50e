/** The one way to the API: signs every request, turns every failure into an `ApiError`, and asks again for who is in
 * when a session has ended, so that what somebody was doing goes on.
 *
 * `api.GET("/imports/{id}", …)` knows paths, parameters, bodies and answers by the API's own description.
 */

import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What goes wrong, in the API's words: `details` name fields, `requestId` finds the log line. */
export class ApiError extends Error {
  readonly status: number;
  readonly details: Schemas["Detail"][];
  readonly requestId: string | null;

  constructor(
    status: number,
    message: string,
    details: Schemas["Detail"][] = [],
    requestId: string | null = null,
  ) {
    super(message);
    this.status = status;
    this.details = details;
    this.requestId = requestId;
  }

  /** What the API says of a field of the body, such as `name` or `audiences.0.slug`. */
  of(field: string): string | undefined {
    return this.details.find((one) => one.field === field || one.field.startsWith(`${field}.`))?.message;
  }
}

/** Where the API is: the page is its `/console`. */
export const API_URL = location.origin + location.pathname.replace(/\/console\/?$/, "");

export interface Guard {
  /** The token in hand; null for nobody. */
  token: () => string | null;
  /** Resolves when somebody has signed in again. */
  again: (refused: string | null) => Promise<void>;
}

let guard: Guard = { token: () => null, again: () => Promise.resolve() };

/** Say who holds the token. */
export function guardWith(who: Guard): void {
  guard = who;
}

async function guarded(request: Request): Promise<Response> {
  for (;;) {
    const token = guard.token();
    const asked = request.clone();
    if (token) asked.headers.set("Authorization", `Bearer ${token}`);
    const response = await reached(asked);
    if (!(await hasEnded(response, token, request))) return response;
    await guard.again(token);
  }
}

async function reached(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new ApiError(0, "The API does not answer.");
  }
}

/** Whether a refusal means that the session is over, rather than that its role does not suffice. */
async function hasEnded(response: Response, token: string | null, request: Request): Promise<boolean> {
  if (request.url.endsWith("/sessions/exchange")) return false;
  if (response.status === 401) return true;
  return response.status === 403 && !(await holds(token));
}

/** Whether a token is one that holds; other failures than a refusal say nothing against it. */
export async function holds(token: string | null): Promise<boolean> {
  if (!token) return false;
  const response = await reached(
    new Request(`${API_URL}/sessions/current`, { headers: { Authorization: `Bearer ${token}` } }),
  );
  return response.status !== 401 && response.status !== 403;
}

export const api = createClient<paths>({ baseUrl: API_URL, fetch: guarded });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a success. Throws `ApiError`. */
export async function answered<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const said = (error ?? {}) as Partial<Schemas["Error"]>;
  throw new ApiError(
    response.status,
    said.message ?? `The API answers ${response.status}.`,
    said.details ?? [],
    response.headers.get("X-Request-Id"),
  );
}
