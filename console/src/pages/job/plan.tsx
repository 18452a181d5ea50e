/** What a preview found: of each person what would become of them, before and after. */

import { api, type Schemas } from "../../api/client";
import { usePages } from "../../api/pages";
import { Badge, Card, Diff, Empty, PagedTable } from "../../components";
import { plain, WOULD } from "../../words/history";
import type { Export } from "../../words/jobs";
import { TryOne } from "../export-steps/try-one";

type Planned = Schemas["Planned"];

export function Plan({ job }: { job: Export }) {
  const { id } = job;
  const isGoing = job.status === "running" || job.status === "starting";
  const pages = usePages<Schemas["PlannedPage"]>(
    `/exports/${id}/plan by person`,
    (cursor, signal) =>
      api.GET("/exports/{id}/plan", {
        params: { path: { id }, query: cursor ? { cursor } : {} },
        ...(signal && { signal }),
      }),
    { busy: () => isGoing },
  );
  return (
    <>
      <TryOne job={job} onDone={pages.first.refresh} />
      <Card title="Preview" about="By address. Nothing was written to the list.">
        <PagedTable
          label="Preview"
          pages={pages}
          keyOf={(one) => one.email}
          columns={[
            { name: "Person", cell: (one) => <span class="address">{one.email}</span> },
            { name: "What would be done", cell: (one) => <Would of={one} /> },
            {
              name: "Before → after",
              cell: (one) => (
                <div class="roomy">
                  <Diff before={one.before} after={one.after} />
                </div>
              ),
            },
          ]}
          empty={
            <Empty title={isGoing ? "Nobody is judged yet" : "Nobody would be sent"} icon="people">
              {isGoing
                ? "Existing users are read first, then the list is looked up."
                : "No audience of this export has anybody whom the list lacks."}
            </Empty>
          }
        />
      </Card>
    </>
  );
}

function Would({ of: one }: { of: Planned }) {
  const state = WOULD[one.would];
  return (
    <div class="told">
      <Badge tone={state.tone}>{state.says}</Badge>
      {(one.code !== null || one.why) && (
        <span class="small dim">
          {one.code !== null && <code>{one.code}</code>} {one.why && plain(one.why)}
        </span>
      )}
    </div>
  );
}
