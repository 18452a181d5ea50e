/** All rows of a person, newest first. */

import { api } from "../../api/client";
import { usePages } from "../../api/pages";
import { Button, Card, Facts, Problem, Skeleton } from "../../components";
import { utc } from "../../words/times";
import { beside, clockOf, dayOf, type Row, told } from "./words";

export function Timeline({ email }: { email: string }) {
  const found = usePages(`/profiles/${email}/rows`, (cursor, signal) =>
    api.GET("/profiles/{email}/rows", {
      params: { path: { email }, query: cursor ? { cursor } : {} },
      ...(signal && { signal }),
    }),
  );
  if (!found.items)
    return found.first.error ? (
      <Problem error={found.first.error} onRetry={found.first.refresh} />
    ) : (
      <Skeleton lines={8} />
    );
  return (
    <Card title="Timeline" about="Every row that was received of the person, newest first.">
      {byDay(found.items).map(([day, rows]) => (
        <section key={day} class="day" aria-label={day}>
          <h3 class="dim small">{day}</h3>
          <ol class="timeline">
            {rows.map((row, index) => (
              <Happened key={`${row.ts} ${index}`} row={row} />
            ))}
          </ol>
        </section>
      ))}
      {found.more.error && <Problem error={found.more.error} onRetry={() => found.more.run()} />}
      {found.hasMore && (
        <Button busy={found.more.busy} onClick={() => found.more.run()}>
          Show older
        </Button>
      )}
    </Card>
  );
}

function Happened({ row }: { row: Row }) {
  const { did, what } = told(row);
  return (
    <li data-event={row.stream === "cm_user" ? "state" : String(row.fields.event)}>
      <div>
        {did} <strong>{what}</strong>
      </div>
      {beside(row).map((one) => (
        <div key={one} class="dim small">
          {one}
        </div>
      ))}
      <details class="more">
        <summary>
          <time dateTime={row.ts} title={utc(row.ts)}>
            {clockOf(row.ts)}
          </time>
        </summary>
        <Facts of={Object.entries(row.fields).map(([name, value]) => [name, String(value)] as const)} />
      </details>
    </li>
  );
}

function byDay(rows: readonly Row[]): [string, Row[]][] {
  const days = new Map<string, Row[]>();
  for (const row of rows) {
    const day = dayOf(row.ts);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return [...days];
}
