/** Tables: on a narrow screen each row becomes a block, with the names of its columns. */

import type { ComponentChildren } from "preact";
import type { Paged } from "../api/pages";
import { Button } from "./button";
import { Problem } from "./problem";
import { Skeleton } from "./states";

export interface Column<T> {
  name: string;
  cell: (row: T) => ComponentChildren;
  /** Numbers stand to the right. */
  number?: boolean;
}

export function Table<T>({
  label,
  columns,
  rows,
  keyOf,
}: {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
}) {
  return (
    <table class="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" data-number={column.number}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.name} data-name={column.name} data-number={column.number}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A list by cursor as a table, with what is shown before, after and instead of it. */
export function PagedTable<T>({
  pages,
  empty,
  ...table
}: {
  pages: Pick<Paged<never>, "hasMore" | "more"> & {
    items: T[] | undefined;
    first: Pick<Paged<never>["first"], "error" | "refresh">;
  };
  empty: ComponentChildren;
  label: string;
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
}) {
  const { items, first, hasMore, more } = pages;
  if (!items)
    return first.error ? <Problem error={first.error} onRetry={first.refresh} /> : <Skeleton lines={5} />;
  if (items.length === 0) return <>{empty}</>;
  return (
    <div class="stack">
      {first.error && <Problem error={first.error} onRetry={first.refresh} />}
      <Table {...table} rows={items} />
      {more.error && <Problem error={more.error} onRetry={() => more.run()} />}
      {hasMore && (
        <Button busy={more.busy} onClick={() => more.run()}>
          Show more
        </Button>
      )}
    </div>
  );
}
