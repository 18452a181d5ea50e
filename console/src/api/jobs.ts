/** All imports and exports, as several pages ask for them. */

import { isBusy } from "../words/jobs";
import { api } from "./client";
import { useLive } from "./live";

/** How many of its last runs each job has beside it. */
const RUNS = 14;

export function useImports() {
  const query = { runs: RUNS };
  return useLive("/imports", (signal) => api.GET("/imports", { params: { query }, signal }), {
    busy: (page) => page.items.some((job) => job.status === "running"),
  });
}

export function useExports() {
  const query = { activity: RUNS };
  return useLive("/exports", (signal) => api.GET("/exports", { params: { query }, signal }), {
    busy: (page) => page.items.some(isBusy),
  });
}

export function useAuthorizations() {
  return useLive("/authorizations", (signal) => api.GET("/authorizations", { signal }));
}

/** The clients of an account; null asks for nothing. It is a call to Campaign Monitor, so it is made once. */
export function useClients(authorizationId: string | null) {
  return useLive(
    authorizationId && `/authorizations/${authorizationId}/clients`,
    (signal) =>
      api.GET("/authorizations/{id}/clients", { params: { path: { id: authorizationId ?? "" } }, signal }),
    { poll: false },
  );
}

/** The lists of a client, with how many people each has; null asks for nothing. */
export function useLists(authorizationId: string | null, clientId: string | null) {
  const path = { id: authorizationId ?? "", client_id: clientId ?? "" };
  return useLive(
    authorizationId && clientId && `/authorizations/${authorizationId}/clients/${clientId}/lists`,
    (signal) => api.GET("/authorizations/{id}/clients/{client_id}/lists", { params: { path }, signal }),
    { poll: false },
  );
}

/** The custom fields of a list; null asks for nothing. */
export function useCustomFields(authorizationId: string | null, listId: string | null) {
  const path = { id: authorizationId ?? "", list_id: listId ?? "" };
  return useLive(
    authorizationId && listId && `/authorizations/${authorizationId}/lists/${listId}/custom-fields`,
    (signal) => api.GET("/authorizations/{id}/lists/{list_id}/custom-fields", { params: { path }, signal }),
    { poll: false },
  );
}

/** The audiences of Lytics, with how many people each has. */
export function useAudiences() {
  return useLive("/audiences", (signal) => api.GET("/audiences", { signal }), { poll: false });
}

/** The fields that Lytics has of people. */
export function useLyticsFields() {
  return useLive("/lytics/fields", (signal) => api.GET("/lytics/fields", { signal }), { poll: false });
}

/** An export, as several pages show it. */
export function useExport(id: string) {
  return useLive(
    `/exports/${id}`,
    (signal) => api.GET("/exports/{id}", { params: { path: { id } }, signal }),
    {
      busy: isBusy,
    },
  );
}
