/** What somebody has begun to fill in, by form: going to another page of the console loses none of it. Before somebody
 * leaves the console while a form is open that has changed, the browser asks. */

import { useLayoutEffect, useMemo, useState } from "preact/hooks";

const kept = new Map<string, object>();

export interface Begun<T> {
  choices: T;
  set: (change: (before: T) => T) => void;
  /** Whether it was begun before the page was opened, and is as it was then. */
  isBack: boolean;
  /** It was sent, or is wanted no more. */
  end: () => void;
}

/** A form's choices; `form` null keeps nothing. They are kept at once: a page may be left before it is drawn. */
export function useBegun<T extends object>(form: string | null, fresh: () => T): Begun<T> {
  const [empty] = useState(fresh);
  const [before] = useState(() => (form === null ? undefined : (kept.get(form) as T | undefined)));
  const [choices, setState] = useState(before ?? empty);
  const set = useMemo(
    () => (change: (before: T) => T) =>
      setState((now) => {
        const next = change(now);
        if (form !== null && byHand(next) !== byHand(empty)) kept.set(form, next);
        else if (form !== null) kept.delete(form);
        return next;
      }),
    [form, empty],
  );
  const isChanged = byHand(choices) !== byHand(empty);
  useLayoutEffect(() => {
    if (!isChanged) return;
    const ask = (event: Event) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isChanged]);
  return {
    choices,
    set,
    isBack: before !== undefined && choices === before,
    end: () => {
      if (form !== null) kept.delete(form);
    },
  };
}

/** What somebody has chosen; the only account and the only client are chosen by themselves. */
function byHand(choices: object): string {
  return JSON.stringify({ ...choices, account: null, client: null });
}

/** Somebody else may sit here now. */
export function forgetBegun(): void {
  kept.clear();
}
