/** What the API says, kept fresh while somebody looks: every second while something runs, every ten while not, and not
 * at all while the page is hidden. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, answered } from "./client";

const BUSY_MS = 1_000;
const IDLE_MS = 10_000;
const MOST_KEPT = 60;

/** What was said last, by key: a page that is opened again is there at once. */
const kept = new Map<string, unknown>();

type Ask<T> = (signal: AbortSignal) => Promise<{ data?: T; error?: unknown; response: Response }>;

export interface Live<T> {
  /** What was said last; undefined before the first answer. */
  data: T | undefined;
  /** Why the last try failed; `data` stays. */
  error: ApiError | undefined;
  /** Whether there is nothing to show yet. */
  loading: boolean;
  /** Ask now, such as after a change. */
  refresh: () => Promise<void>;
  /** Show this until the next answer, such as what a change answered. */
  put: (data: T) => void;
}

interface How<T> {
  /** Whether something runs, so that it is asked for again in a second. */
  busy?: (data: T) => boolean;
  /** False asks once. */
  poll?: boolean;
  /** How long to wait while nothing runs, if ten seconds are too often. */
  idleMs?: number;
}

/** Ask for something by a key that is its own; null asks for nothing. Another key begins anew. */
export function useLive<T>(key: string | null, ask: Ask<T>, how: How<T> = {}): Live<T> {
  const [, redraw] = useState(0);
  const latest = useRef({ ask, how });
  latest.current = { ask, how };
  const state = useRef<{ key: string | null; data?: T; error?: ApiError }>({ key: null });
  if (state.current.key !== key) {
    state.current = { key, data: key === null ? undefined : (kept.get(key) as T | undefined) };
  }
  const mine = state.current;
  const now = useRef<() => Promise<void>>(() => Promise.resolve());

  const put = useCallback(
    (data: T) => {
      if (key !== null) keep(key, data);
      state.current.data = data;
      state.current.error = undefined;
      redraw((n) => n + 1);
    },
    [key],
  );

  useEffect(() => {
    if (key === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let flight: AbortController | undefined;
    let over = false;

    async function once(): Promise<void> {
      clearTimeout(timer);
      flight?.abort();
      const mine = new AbortController();
      flight = mine;
      try {
        const data = await answered(latest.current.ask(mine.signal));
        if (!over && flight === mine) put(data);
      } catch (error) {
        if (over || flight !== mine) return;
        state.current.error = error instanceof ApiError ? error : new ApiError(0, String(error));
        redraw((n) => n + 1);
      }
      if (!over && flight === mine) plan();
    }

    function plan(): void {
      const { how } = latest.current;
      const { data } = state.current;
      if (how.poll === false || document.hidden) return;
      const busy = data !== undefined && !state.current.error && how.busy?.(data);
      timer = setTimeout(once, busy ? BUSY_MS : (how.idleMs ?? IDLE_MS));
    }

    function seen(): void {
      clearTimeout(timer);
      if (!document.hidden && latest.current.how.poll !== false) void once();
    }

    now.current = once;
    document.addEventListener("visibilitychange", seen);
    void once();
    return () => {
      over = true;
      clearTimeout(timer);
      flight?.abort();
      document.removeEventListener("visibilitychange", seen);
    };
  }, [key, put]);

  const refresh = useCallback(() => now.current(), []);
  const { data, error } = mine;
  return { data, error, loading: key !== null && data === undefined && !error, refresh, put };
}

function keep(key: string, data: unknown): void {
  kept.delete(key);
  kept.set(key, data);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
}

/** Forget what was said: somebody else may look now. */
export function forget(): void {
  kept.clear();
}

export interface Action<A extends unknown[], T> {
  /** Do it; undefined if it failed. A second click while it is under way does nothing. */
  run: (...given: A) => Promise<T | undefined>;
  busy: boolean;
  error: ApiError | undefined;
  /** Take the error away. */
  clear: () => void;
}

/** A change that somebody makes: `const stop = useAction(() => answered(api.POST(…)))`. */
export function useAction<A extends unknown[], T>(act: (...given: A) => Promise<T>): Action<A, T> {
  const [state, set] = useState<{ busy: boolean; error?: ApiError }>({ busy: false });
  const latest = useRef(act);
  latest.current = act;
  const busy = useRef(false);
  const run = useCallback(async (...given: A) => {
    if (busy.current) return undefined;
    busy.current = true;
    set({ busy: true });
    try {
      const done = await latest.current(...given);
      set({ busy: false });
      return done;
    } catch (error) {
      set({ busy: false, error: error instanceof ApiError ? error : new ApiError(0, String(error)) });
      return undefined;
    } finally {
      busy.current = false;
    }
  }, []);
  const clear = useCallback(() => set({ busy: false }), []);
  return { run, busy: state.busy, error: state.error, clear };
}
