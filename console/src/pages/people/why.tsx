/** Why a field says what it says: the lines of the mapping that make it, and the rows behind it. */

import { useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useLive } from "../../api/live";
import { Badge, Button, Dialog, Num, Problem, Skeleton, Table, Time } from "../../components";
import { isMoment, type Line, titleOf } from "./known";
import { Value } from "./value";
import { beside, told } from "./words";

type Contribution = Schemas["Contribution"];
type Known = ReadonlyMap<string, Line>;

/** The button beside a value; `of` is the person's address. */
export function Why({
  email,
  field,
  known,
  bare = false,
}: {
  email: string;
  field: string;
  known: Known;
  bare?: boolean;
}) {
  const [isOpen, setOpen] = useState(false);
  const title = titleOf(field, known);
  return (
    <>
      {bare ? (
        <Button small kind="quiet" icon="info" label={`Why: ${title}`} onClick={() => setOpen(true)} />
      ) : (
        <Button small label={`Why: ${title}`} onClick={() => setOpen(true)}>
          Why
        </Button>
      )}
      {isOpen && (
        <Dialog title={title} onClose={() => setOpen(false)}>
          <Explained email={email} field={field} known={known} />
        </Dialog>
      )}
    </>
  );
}

function Explained({ email, field, known }: { email: string; field: string; known: Known }) {
  const asked = useLive(
    `/profiles/${email}/explain`,
    (signal) => api.GET("/profiles/{email}/explain", { params: { path: { email } }, signal }),
    { poll: false },
  );
  if (!asked.data)
    return asked.error ? <Problem error={asked.error} onRetry={asked.refresh} /> : <Skeleton lines={5} />;
  const one = asked.data.fields[field];
  if (!one) return <p>The profile has no such field any more.</p>;
  const { read, rows } = asked.data;
  return (
    <>
      <p class="why-value">
        <Value of={one.value} isTime={isMoment(field, known)} />
      </p>
      <section aria-label="Made by" class="why-part">
        <h3>Made by</h3>
        <ul class="why-lines">
          {one.made_by.map((line) => (
            <li key={`${line.stream} ${line.expression} ${line.condition}`}>
              <code>
                {line.expression}
                {line.condition && ` IF ${line.condition}`}
              </code>{" "}
              <span class="dim small">of {line.stream}</span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-label="Rows behind it" class="why-part">
        <h3>{one.decided_by ? "Decided by one row" : "All of its rows count"}</h3>
        <p class="dim small">
          <Num of={one.rows} /> of <Num of={read} /> rows tell of it
          {read < rows ? `; ${(rows - read).toLocaleString()} older ones were not read.` : "."}
        </p>
        <ol class="why-rows">
          {one.decided_by && <Behind row={one.decided_by} decided isTime={isMoment(field, known)} />}
          {one.newest
            .filter((row) => !one.decided_by || !isSame(row, one.decided_by))
            .map((row, index) => (
              <Behind key={`${row.ts} ${index}`} row={row} isTime={isMoment(field, known)} />
            ))}
        </ol>
        {one.rows > one.newest.length && <p class="dim small">Older ones are in the time line.</p>}
      </section>
      {one.elements && (
        <section aria-label="Its elements" class="why-part">
          <h3>Each of its elements</h3>
          <Table
            label="Elements"
            rows={Object.entries(one.elements)}
            keyOf={([name]) => name}
            columns={[
              { name: "Element", cell: ([name]) => name },
              { name: "Rows", number: true, cell: ([, element]) => <Num of={element.rows} /> },
              { name: "Newest", cell: ([, element]) => <Time at={element.newest} /> },
            ]}
          />
        </section>
      )}
    </>
  );
}

function Behind({ row, decided = false, isTime }: { row: Contribution; decided?: boolean; isTime: boolean }) {
  const { did, what } = told(row);
  return (
    <li data-decided={decided}>
      <div class="row">
        <Time at={row.ts} />
        {decided && <Badge tone="good">Decided</Badge>}
      </div>
      <div>
        {did} <strong>{what}</strong>
      </div>
      {beside(row).map((one) => (
        <div key={one} class="dim small">
          {one}
        </div>
      ))}
      <div class="small">
        <span class="dim">says</span> <Said value={row.contribution} isTime={isTime} />
      </div>
    </li>
  );
}

/** What a row alone would make of the field: whatever JSON the mapping makes of it. */
function Said({ value, isTime }: { value: unknown; isTime: boolean }) {
  if (typeof value === "string" || typeof value === "number" || (typeof value === "object" && value !== null))
    return <Value of={value as Schemas["Explained"]["value"]} isTime={isTime} />;
  return <>{String(value)}</>;
}

function isSame(one: Contribution, other: Contribution): boolean {
  return one.ts === other.ts && JSON.stringify(one.fields) === JSON.stringify(other.fields);
}
