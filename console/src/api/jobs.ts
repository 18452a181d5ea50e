/** All imports and exports, as several pages ask for them. */

import { isBusy } from "../words/jobs";
import { api } from "./client";
import { useLive } from "./live";

export function useImports() {
  return useLive("/imports", (signal) => api.GET("/imports", { signal }), {
    busy: (page) => page.items.some((job) => job.status === "running"),
  });
}

export function useExports() {
  return useLive("/exports", (signal) => api.GET("/exports", { signal }), {
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
