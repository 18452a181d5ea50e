/** Where somebody is: the part of the address behind `#`, which reaches no server and needs none.
 *
 * `#/imports/7d1e/runs?code=204` is the path `/imports/7d1e/runs` with the parameter `code`.
 */

import type { ComponentChildren, ComponentType } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";

export interface Place {
  path: string;
  query: URLSearchParams;
}

export interface Route {
  /** `/imports/:id/:tab?`: a part with `:` is handed to the page; with `?` it may be missing. */
  path: string;
  /** What the browser's tab says until the page has a heading. */
  title: string;
  page: () => Promise<{ default: ComponentType<Params> }>;
}

export type Params = Record<string, string>;

const Here = createContext<Place>({ path: "/", query: new URLSearchParams() });

function placeNow(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#/, "").split("?", 2);
  return { path: path.startsWith("/") ? path : "/", query: new URLSearchParams(query) };
}

export function usePlace(): Place {
  return useContext(Here);
}

/** Go somewhere; with `replace` the way back does not lead here. */
export function go(to: string, { replace = false } = {}): void {
  if (replace) location.replace(`#${to}`);
  else location.hash = to;
}

interface LinkProps {
  to: string;
  children?: ComponentChildren;
  class?: string;
  "aria-current"?: "page" | undefined;
  "aria-label"?: string | undefined;
  [data: `data-${string}`]: string | boolean | undefined;
}

/** A link to a page of the console. */
export function Link({ to, children, ...rest }: LinkProps) {
  return (
    <a href={`#${to}`} {...rest}>
      {children}
    </a>
  );
}

export function Router({ children }: { children: ComponentChildren }) {
  const [place, set] = useState(placeNow);
  useEffect(() => {
    const moved = () => set(placeNow());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return <Here.Provider value={place}>{children}</Here.Provider>;
}

/** The parts of a path that a pattern names; null if it is another path. */
export function matched(pattern: string, path: string): Params | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (given.length > wanted.length) return null;
  const params: Params = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (part.startsWith(":")) {
      if (value !== undefined) params[part.replace(/^:|\?$/g, "")] = decoded(value);
      else if (!part.endsWith("?")) return null;
    } else if (part !== value) return null;
  }
  return params;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the browser's tab and the history say. */
export function entitle(title: string): void {
  document.title = `${title} · Lytics-CM`;
}

const loaded = new Map<Route, ComponentType<Params>>();

/** The page of the place where somebody is; `absent` where there is none. */
export function Outlet({
  routes,
  absent,
  waiting,
  broken,
}: {
  routes: readonly Route[];
  absent: ComponentChildren;
  waiting: ComponentChildren;
  broken: ComponentChildren;
}) {
  const { path } = usePlace();
  const found = useMemo(() => {
    for (const route of routes) {
      const params = matched(route.path, path);
      if (params) return { route, params };
    }
    return null;
  }, [routes, path]);
  const route = found?.route;
  const [failed, setFailed] = useState<Route | null>(null);
  const [, redraw] = useState(0);
  useLayoutEffect(() => entitle(route?.title ?? "Not found"), [route]); // before the page says it better
  useEffect(() => {
    if (!route || loaded.has(route)) return;
    route.page().then(
      (module) => {
        loaded.set(route, module.default);
        redraw((n) => n + 1);
      },
      () => setFailed(route),
    );
  }, [route]);
  if (!found) return <>{absent}</>;
  if (failed === found.route) return <>{broken}</>;
  const Page = loaded.get(found.route);
  return Page ? (
    <Page key={JSON.stringify([found.route.path, found.params.id])} {...found.params} />
  ) : (
    waiting
  );
}
