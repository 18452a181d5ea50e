/** The pages: one line each. The first pattern that fits is the page. */

import type { Route } from "./router";

export const routes: readonly Route[] = [
  { path: "/", title: "Overview", page: () => import("./pages/overview") },
  { path: "/sample", title: "Sample", page: () => import("./pages/sample") },
];
