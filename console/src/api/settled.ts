/** What people type, once they stop for a moment. */

import { useEffect, useRef, useState } from "preact/hooks";

const SETTLED_MS = 500;
const SEARCH_MS = 350;

/** A value as it is after nobody has changed it for a moment. */
export function useSettled<T>(value: T): T {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

interface Search {
  /** What is looked for now, as the address of the page says. */
  shown: string;
  show: (text: string) => void;
  /** Whether a text can be looked for; any can if it is not given. */
  accepts?: (text: string) => boolean;
}

/** The text of a search field, which is looked for as it is typed. */
export function useSearch({ shown, show, accepts }: Search) {
  const [text, setText] = useState(shown);
  const asked = useRef(shown);
  useEffect(() => {
    // What was asked for here comes back late: the text may be longer by then, and is the newer of the two.
    if (shown !== asked.current) setText(shown);
    asked.current = shown;
  }, [shown]);
  useEffect(() => {
    const next = text.trim();
    if (next === shown || accepts?.(next) === false) return;
    const timer = setTimeout(() => {
      asked.current = next;
      show(next);
    }, SEARCH_MS);
    return () => clearTimeout(timer);
  });
  return [text, setText] as const;
}
