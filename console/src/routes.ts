/** The pages: one line each. The first pattern that fits is the page. */

import type { Route } from "./router";

export const routes: readonly Route[] = [
  { path: "/", title: "Overview", page: () => import("./pages/overview") },
  { path: "/authorizations", title: "Authorizations", page: () => import("./pages/authorizations") },
  {
    path: "/authorizations/new",
    title: "Add new authorization",
    page: () => import("./pages/new-authorization"),
  },
  { path: "/authorizations/:id", title: "Authorization", page: () => import("./pages/authorization") },
  { path: "/new-import", title: "New import", page: () => import("./pages/new-import") },
  { path: "/new-export", title: "New export", page: () => import("./pages/new-export") },
  { path: "/new-export/:id", title: "New export", page: () => import("./pages/export-steps") },
  { path: "/sample", title: "Sample", page: () => import("./pages/sample") },
];
