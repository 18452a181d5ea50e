/** The webhooks of an import at Campaign Monitor: one a list, alive since when, when it told something last. */

import { answered, api } from "../../api/client";
import { Badge, Card, Empty, Table, Time } from "../../components";
import { type Import, named } from "../../words/jobs";
import { Rotate } from "./rotate";

export function ImportWebhooks({ job, put }: { job: Import; put: (job: Import) => void }) {
  return (
    <Card
      title="Webhooks"
      about="Campaign Monitor calls these when somebody subscribes, changes details or leaves a list."
      actions={
        job.status !== "stopped" &&
        job.webhooks.length > 0 && (
          <Rotate
            title="Give these webhooks new URLs?"
            act={() =>
              answered(api.POST("/imports/{id}/rotate-webhooks", { params: { path: { id: job.id } } }))
            }
            put={put}
            said="Campaign Monitor is given new URLs."
          >
            <li>Each list gets a new webhook at Campaign Monitor, under a URL that nobody knows yet.</li>
            <li>An old URL works until Campaign Monitor has the new one. Nothing is missed.</li>
            <li>It takes a call a list, and some seconds.</li>
          </Rotate>
        )
      }
    >
      {job.webhooks.length === 0 ? (
        <Empty title="No webhooks" icon="pulse">
          {job.status === "stopped"
            ? "They were removed when the import was stopped. A start registers them again."
            : "The run registers one for each list before it reads anything."}
        </Empty>
      ) : (
        <Table
          label="Webhooks"
          rows={job.webhooks}
          keyOf={(one) => one.list_id}
          columns={[
            { name: "List", cell: (one) => named(one.list) },
            {
              name: "State",
              cell: (one) =>
                one.active ? (
                  <Badge tone="good">Alive</Badge>
                ) : one.webhook_id ? (
                  <Badge tone="bad">Switched off at Campaign Monitor</Badge>
                ) : (
                  <Badge tone="busy">Being registered</Badge>
                ),
            },
            { name: "Alive since", cell: (one) => <Time at={one.registered_at} /> },
            { name: "Looked at", cell: (one) => <Time at={one.checked_at} relative /> },
            { name: "Last delivery", cell: (one) => <Time at={one.last_delivery_at} relative /> },
          ]}
        />
      )}
    </Card>
  );
}
