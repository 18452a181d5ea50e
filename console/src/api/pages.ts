/** A long list, page by page: the first one stays fresh, more come when somebody asks for them. */

import { useEffect, useState } from "preact/hooks";
import { answered } from "./client";
import { type Action, type Live, useAction, useLive } from "./live";

interface Page<T> {
  items: T[];
  cursor: string | null;
}

export interface Paged<P extends Page<unknown>> {
  items: P["items"] | undefined;
  /** The first page, with what it says beside its items. */
  first: Live<P>;
  /** Whether there is more to ask for. */
  hasMore: boolean;
  more: Action<[], void>;
}

type AskPage<P> = (
  cursor: string | undefined,
  signal?: AbortSignal,
) => Promise<{ data?: P; error?: unknown; response: Response }>;

/** A list by cursor. While further pages are shown the first one is not asked for again: rows would move. */
export function usePages<P extends Page<unknown>>(
  key: string | null,
  ask: AskPage<P>,
  how: { busy?: (page: P) => boolean; poll?: boolean } = {},
): Paged<P> {
  const [rest, setRest] = useState<{ key: string | null; pages: P[] }>({ key, pages: [] });
  const pages = rest.key === key ? rest.pages : [];
  const first = useLive<P>(key, (signal) => ask(undefined, signal), {
    ...how,
    poll: how.poll !== false && pages.length === 0,
  });
  useEffect(() => setRest({ key, pages: [] }), [key]);
  const last = pages.at(-1) ?? first.data;
  const more = useAction(async () => {
    if (!last?.cursor) return;
    const page = await answered(ask(last.cursor));
    setRest({ key, pages: [...pages, page] });
  });
  const items = first.data && [first.data, ...pages].flatMap((page) => page.items);
  return { items, first, hasMore: Boolean(last?.cursor), more };
}
