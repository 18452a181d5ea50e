/** A value as it is after nobody has changed it for a moment. */

import { useEffect, useState } from "preact/hooks";

const MOMENT_MS = 600;

export function useSettled<T>(value: T): T {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), MOMENT_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
