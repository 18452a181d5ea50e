/** A word that something was done; it goes by itself, and is read out. */

import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon";

interface Toast {
  id: number;
  text: string;
}

const SHOWN_MS = 5_000;
let toasts: Toast[] = [];
let next = 0;
let redraw: () => void = () => undefined;

function set(these: Toast[]): void {
  toasts = these;
  redraw();
}

/** Say that something was done, in a few words. */
export function toast(text: string): void {
  const id = ++next;
  set([...toasts.slice(-2), { id, text }]);
  setTimeout(() => set(toasts.filter((one) => one.id !== id)), SHOWN_MS);
}

export function Toasts() {
  const [, draw] = useState(0);
  useEffect(() => {
    redraw = () => draw((n) => n + 1);
    return () => {
      redraw = () => undefined;
    };
  }, []);
  return (
    <div class="toasts" role="status">
      {toasts.map((one) => (
        <p class="toast" key={one.id}>
          <Icon name="check" />
          {one.text}
        </p>
      ))}
    </div>
  );
}
