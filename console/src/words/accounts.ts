/** Authorizations in words. */

import type { Schemas } from "../api/client";
import type { State } from "./jobs";

export type Authorization = Schemas["Authorization"];

export function accountState(status: Authorization["status"]): State {
  switch (status) {
    case "active":
      return { tone: "good", says: "Connected" };
    case "pending":
      return { tone: "warn", says: "Waiting for access" };
    case "revoked":
      return { tone: "bad", says: "Access revoked" };
  }
}
