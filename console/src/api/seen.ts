/** Whether an element has come into view: what is far down a long list need not be asked for. */

import { useEffect, useRef, useState } from "preact/hooks";

export function useSeen<E extends Element>() {
  const ref = useRef<E>(null);
  const [isSeen, set] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element || isSeen) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) set(true);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isSeen]);
  return { ref, isSeen };
}
