/** The URL to which Lytics posts triggers: whether it does, how to set that up, and a new one. */

import { answered, api } from "../../api/client";
import { Badge, Card, Facts, Time } from "../../components";
import type { Export } from "../../words/jobs";
import { AtLytics } from "../export-steps/triggers";
import { Rotate } from "./rotate";

export function ExportWebhook({ job, put }: { job: Export; put: (job: Export) => void }) {
  return (
    <>
      <Card
        title="Webhook"
        about="Lytics posts to it when somebody enters or leaves an audience."
        actions={
          <Rotate
            title="Give this export a new URL?"
            act={() =>
              answered(api.POST("/exports/{id}/rotate-webhook", { params: { path: { id: job.id } } }))
            }
            put={put}
            said="There is a new URL. Enter it in Lytics within a day."
          >
            <li>The new URL works at once, and the old one for another day.</li>
            <li>
              Enter the new one in the job at Lytics within that day. After it, what Lytics posts to the old
              one is lost.
            </li>
          </Rotate>
        }
      >
        <Facts
          of={[
            ["State", <State key="state" job={job} />],
            ["Last trigger", <Time key="last" at={job.last_trigger_at} relative />],
            ["There since", <Time key="since" at={job.created_at} />],
          ]}
        />
      </Card>
      <AtLytics job={job} />
    </>
  );
}

function State({ job }: { job: Export }) {
  return job.last_trigger_at ? (
    <Badge tone="good">Triggers arrive</Badge>
  ) : (
    <Badge tone="busy">Waiting for the first trigger</Badge>
  );
}
