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
  { path: "/people", title: "People", page: () => import("./pages/people") },
  { path: "/people/blocked", title: "Blocked people", page: () => import("./pages/people") },
  { path: "/people/:email/:part?", title: "Person", page: () => import("./pages/people/person") },
  { path: "/mappings/:stream?/:edit?", title: "Mappings", page: () => import("./pages/mappings") },
  { path: "/system/:part?", title: "System", page: () => import("./pages/system") },
  { path: "/jobs", title: "Imports & exports", page: () => import("./pages/jobs") },
  { path: "/imports/:id/:tab?", title: "Import", page: () => import("./pages/job/import") },
  { path: "/exports/:id/:tab?", title: "Export", page: () => import("./pages/job/export") },
  { path: "/sample", title: "Sample", page: () => import("./pages/sample") },
];
