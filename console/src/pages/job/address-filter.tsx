/** A list of a job narrowed to one person: by the address, once it can be one. */

import type { ComponentChildren } from "preact";
import { listProfiles as LIMITS } from "../../api/limits";
import { useSearch } from "../../api/settled";
import { TextField } from "../../components";

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
  const accepts = (text: string) => text === "" || text.includes("@");
  const [text, setText] = useSearch({ shown: email, show, accepts });
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
