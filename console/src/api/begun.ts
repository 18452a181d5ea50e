/** What somebody has begun to fill in, by form: going to another page of the console loses none of it. */

import { useEffect, useState } from "preact/hooks";

const kept = new Map<string, object>();

export interface Begun<T> {
  choices: T;
  set: (change: (before: T) => T) => void;
  /** Whether it was begun before the page was opened, and is as it was then. */
  isBack: boolean;
  /** It was sent, or is wanted no more. */
  end: () => void;
}

/** A form's choices; `form` null keeps nothing. */
export function useBegun<T extends object>(form: string | null, fresh: () => T): Begun<T> {
  const [before] = useState(() => (form === null ? undefined : (kept.get(form) as T | undefined)));
  const [choices, set] = useState(() => before ?? fresh());
  useEffect(() => {
    if (form === null) return;
    if (byHand(choices) === byHand(fresh())) kept.delete(form);
    else kept.set(form, choices);
  }, [form, choices]);
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
