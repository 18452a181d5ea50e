/** What several tabs are made of: waits, times of day, numbers side by side. */

import type { ComponentChildren } from "preact";
import type { Schemas } from "../../api/client";
import { Banner, Num } from "../../components";
import { Link } from "../../router";
import { waitingFor } from "../../words/history";
import { ago, clockOf, utc } from "../../words/times";

/** The time of day, with the date unless it is of today; UTC when one hovers. */
export function Clock({ at }: { at: string }) {
  return (
    <time dateTime={at} title={utc(at)}>
      {clockOf(at)}
    </time>
  );
}

/** What a job waits for, since when, and when it tries again. */
export function Waits({ waiting, children }: { waiting: Schemas["Waiting"]; children?: ComponentChildren }) {
  const next = new Date(waiting.next_try_at).getTime();
  return (
    <Banner
      tone="warn"
      title={
        <>
          Waits for Campaign Monitor since <Clock at={waiting.since} />
        </>
      }
    >
      <p>
        {waitingFor(waiting.reason)}{" "}
        {next > Date.now() ? (
          <>
            It goes on by itself. The next try is at <Clock at={waiting.next_try_at} />,{" "}
            {ago(waiting.next_try_at)}.
          </>
        ) : (
          "It is tried again now."
        )}
      </p>
      {children}
      <details class="sent">
        <summary>What it said</summary>
        <p class="small dim">{waiting.reason}</p>
      </details>
    </Banner>
  );
}

export interface Figure {
  name: string;
  value: number | null | undefined;
  /** What it means, in a few words. */
  says?: string;
  to?: string | undefined;
  /** It calls for a look unless it is 0. */
  alarms?: boolean;
}

/** Numbers side by side, each with its name. */
export function Figures({ label, of }: { label: string; of: readonly Figure[] }) {
  return (
    <dl class="figures" aria-label={label}>
      {of.map((one) => (
        <div key={one.name} data-alarms={Boolean(one.alarms && one.value)}>
          <dt>{one.name}</dt>
          <dd>
            {one.to && one.value ? (
              <Link to={one.to}>
                <Num of={one.value} />
              </Link>
            ) : (
              <Num of={one.value} />
            )}
          </dd>
          {one.says && <dd class="figure-says">{one.says}</dd>}
        </div>
      ))}
    </dl>
  );
}
