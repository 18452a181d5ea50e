/** A list of a job narrowed to one person: by the address, once it can be one. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { listProfiles as LIMITS } from "../../api/limits";
import { TextField } from "../../components";

const TYPING_MS = 350;

export function AddressFilter({
  email,
  show,
  children,
}: {
  /** Of whom the list is; empty is of everybody. */
  email: string;
  show: (email: string) => void;
  /** What else narrows the list. */
  children: ComponentChildren;
}) {
  const [text, setText] = useState(email);
  useEffect(() => setText(email), [email]);
  useEffect(() => {
    const next = text.trim();
    if (next === email || (next !== "" && !next.includes("@"))) return;
    const typed = setTimeout(() => show(next), TYPING_MS);
    return () => clearTimeout(typed);
  });
  return (
    <search class="filters">
      <TextField
        label="Address"
        value={text}
        onInput={setText}
        placeholder="jane@example.com"
        autocomplete="off"
        inputMode="email"
        {...LIMITS.prefix}
      />
      {children}
    </search>
  );
}
