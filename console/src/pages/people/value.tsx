/** A field's value: a text, a number, a time, a set, a map. */

import type { Schemas } from "../../api/client";
import { Num, Time } from "../../components";
import { moment } from "./words";

const MOST = 6;

export function Value({ of, isTime }: { of: Schemas["Explained"]["value"]; isTime: boolean }) {
  const at = isTime ? moment(of) : null;
  if (at) return <Time at={at} />;
  if (typeof of === "number") return <Num of={of} />;
  if (typeof of === "string") return <>{of}</>;
  return (
    <Elements of={Array.isArray(of) ? of : Object.entries(of).map(([name, one]) => `${name}: ${one}`)} />
  );
}

/** The first of many, and the others when somebody asks. */
export function Elements({ of }: { of: readonly string[] }) {
  if (of.length === 0) return <span class="dim">–</span>;
  return (
    <>
      <ul class="elements">
        {of.slice(0, MOST).map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      {of.length > MOST && (
        <details class="more">
          <summary>{of.length - MOST} more</summary>
          <ul class="elements">
            {of.slice(MOST).map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
