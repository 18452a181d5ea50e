/** Charts of our own, each with the same numbers as a table for those who do not see it. */

import type { Tone } from "./states";

interface Point {
  name: string;
  value: number;
}

function Numbers({
  label,
  head,
  points,
}: {
  label: string;
  head: readonly [string, string];
  points: readonly Point[];
}) {
  return (
    <div class="unseen">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">{head[0]}</th>
            <th scope="col">{head[1]}</th>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.name}>
              <th scope="row">{point.name}</th>
              <td>{point.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface RunBar {
  key: string;
  tone: Tone;
  /** How high it is among its neighbours, such as rows or seconds. */
  size: number;
  /** All of it in words. */
  says: string;
}

const RUNS = 14;

/** The last runs, the newest on the right. A place without a run is a faint one. */
export function RunBars({
  label,
  runs,
  places = RUNS,
}: {
  label: string;
  runs: readonly RunBar[];
  places?: number;
}) {
  const shown = runs.slice(-places);
  const most = Math.max(1, ...shown.map((run) => run.size));
  const missing = places - shown.length;
  return (
    <ol class="runbars" aria-label={label}>
      {Array.from({ length: missing }, (_, index) => (
        <li key={`none-${index}`} class="runbar" data-tone="none" aria-hidden="true" />
      ))}
      {shown.map((run) => (
        <li
          key={run.key}
          class="runbar"
          data-tone={run.tone}
          title={run.says}
          style={{ "--size": 0.25 + (0.75 * run.size) / most }}
        >
          <span class="unseen">{run.says}</span>
        </li>
      ))}
    </ol>
  );
}

const LABELS = 6;

/** Bars side by side, such as months; at most six of them have their name below. */
export function BarChart({
  label,
  what,
  points,
  of = "Month",
}: {
  label: string;
  what: string;
  of?: string;
  points: readonly Point[];
}) {
  const most = Math.max(1, ...points.map((point) => point.value));
  const every = Math.ceil(points.length / LABELS);
  return (
    <figure class="chart" aria-label={label} role="group">
      <div class="bars" aria-hidden="true">
        {points.map((point, index) => (
          <div key={point.name} class="bar-space" title={`${point.name}: ${point.value} ${what}`}>
            <div class="bar" style={{ "--share": point.value / most }} data-none={point.value === 0} />
            <div class="bar-name">{index % every === 0 && <span>{point.name}</span>}</div>
          </div>
        ))}
      </div>
      <Numbers label={label} head={[of, what]} points={points} />
    </figure>
  );
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const HOURS = 24;
const CELL = 16;
const LEFT = 34;
const TOP = 16;

/** When something happened: hours of the week, counted from Sunday 00:00 UTC as `cm_hourofweek` has them. */
export function HeatMap({ label, what, hours }: { label: string; what: string; hours: readonly number[] }) {
  const most = Math.max(1, ...hours);
  const at = (day: number, hour: number) => hours[day * HOURS + hour] ?? 0;
  return (
    <figure class="chart heat" aria-label={label} role="group" tabIndex={0}>
      <svg viewBox={`0 0 ${LEFT + HOURS * CELL} ${TOP + DAYS.length * CELL}`} aria-hidden="true">
        {[0, 6, 12, 18].map((hour) => (
          <text key={hour} x={LEFT + hour * CELL} y={11}>{`${String(hour).padStart(2, "0")}:00`}</text>
        ))}
        {DAYS.map((name, day) => (
          <g key={name}>
            <text x={0} y={TOP + day * CELL + 12}>
              {name.slice(0, 3)}
            </text>
            {Array.from({ length: HOURS }, (_, hour) => (
              <rect
                key={hour}
                class="cell"
                x={LEFT + hour * CELL + 1}
                y={TOP + day * CELL + 1}
                width={CELL - 2}
                height={CELL - 2}
                rx={3}
                data-none={at(day, hour) === 0}
                style={{ "--share": Math.sqrt(at(day, hour) / most) }}
              >
                <title>{`${name} ${hour}:00 UTC: ${at(day, hour)} ${what}`}</title>
              </rect>
            ))}
          </g>
        ))}
      </svg>
      <Numbers
        label={label}
        head={["Hour (UTC)", what]}
        points={DAYS.flatMap((name, day) =>
          Array.from({ length: HOURS }, (_, hour) => ({ name: `${name} ${hour}:00`, value: at(day, hour) })),
        ).filter((point) => point.value > 0)}
      />
    </figure>
  );
}
