/** The URL to which Lytics posts triggers: whether it does, how to set that up, and a new one. */

import { answered, api } from "../../api/client";
import { useAction } from "../../api/live";
import { Badge, Card, Facts, Problem, Sure, Time, toast } from "../../components";
import { May } from "../../session/session";
import type { Export } from "../../words/jobs";
import { AtLytics } from "../export-steps/triggers";

export function ExportWebhook({ job, put }: { job: Export; put: (job: Export) => void }) {
  return (
    <>
      <Card
        title="Webhook"
        about="Lytics posts to it when somebody enters or leaves an audience."
        actions={
          <May role="admin">
            <Rotate job={job} put={put} />
          </May>
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

function Rotate({ job, put }: { job: Export; put: (job: Export) => void }) {
  const rotate = useAction(() =>
    answered(api.POST("/exports/{id}/rotate-webhook", { params: { path: { id: job.id } } })),
  );
  return (
    <Sure
      button="Rotate"
      icon="retry"
      title="Give this export a new URL?"
      yes="Rotate"
      busy={rotate.busy}
      error={rotate.error && <Problem error={rotate.error} />}
      onSure={async () => {
        const changed = await rotate.run();
        if (!changed) return false;
        put(changed);
        toast("There is a new URL. Enter it in Lytics within a day.");
        return true;
      }}
    >
      <p>Do this if the URL has become known to somebody who should not have it.</p>
      <ul class="lines">
        <li>The new URL works at once, and the old one for another day.</li>
        <li>
          Enter the new one in the job at Lytics within that day. After it, what Lytics posts to the old one
          is lost.
        </li>
      </ul>
    </Sure>
  );
}
