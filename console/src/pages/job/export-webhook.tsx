/** The URL to which Lytics posts triggers: whether it does, how to set that up, and a new one. */

import { answered, api } from "../../api/client";
import { useAction } from "../../api/live";
import { Badge, Banner, Card, Copy, Empty, Facts, Problem, Sure, Time, toast } from "../../components";
import { May, useMay } from "../../session/session";
import { type Export, listed } from "../../words/jobs";

export function ExportWebhook({ job, put }: { job: Export; put: (job: Export) => void }) {
  const mayKnow = useMay("operator");
  return (
    <>
      <Card
        title="Webhook"
        about="Lytics posts to this URL when somebody enters or leaves an audience."
        actions={
          <May role="admin">
            <Rotate job={job} put={put} />
          </May>
        }
      >
        {mayKnow ? (
          <Copy label="Webhook URL" text={job.audience_webhook_url} />
        ) : (
          <p class="dim">An operator or an admin sees the URL: whoever knows it can post to it.</p>
        )}
        <Facts
          of={[
            [
              "State",
              job.last_trigger_at ? (
                <Badge key="state" tone="good">
                  Triggers arrive
                </Badge>
              ) : (
                <Badge key="state" tone="busy">
                  Waiting for the first trigger
                </Badge>
              ),
            ],
            ["Last trigger", <Time key="last" at={job.last_trigger_at} relative />],
            ["There since", <Time key="since" at={job.created_at} />],
          ]}
        />
        {!job.last_trigger_at && (
          <Banner tone="note" title="Lytics has told nothing yet">
            <p>Follow the steps below. This page shows the first trigger as it arrives.</p>
          </Banner>
        )}
      </Card>
      <Card title="The steps in Lytics">
        <Steps job={job} mayKnow={mayKnow} />
      </Card>
    </>
  );
}

function Steps({ job, mayKnow }: { job: Export; mayKnow: boolean }) {
  const names = job.audiences.map((one) => one.name ?? one.slug);
  const fields = [
    job.email_field,
    job.name_field,
    ...Object.keys(job.field_mappings),
    ...[job.consent_field, job.sms_field, job.sms_consent_field].filter((one) => one !== null),
    "segment_events",
  ];
  if (names.length === 0) return <Empty title="This export has no audience" />;
  return (
    <ol class="steps">
      <li>
        <span>
          Navigate to <strong>Webhooks</strong> in the Jobs section of Lytics, and choose{" "}
          <strong>Audience Triggers</strong>.
        </span>
      </li>
      <li>
        <span>
          From the <strong>Audiences</strong> input, select the audiences of this export: {listed(names)}.
        </span>
      </li>
      <li>
        <span>
          In the <strong>Webhook URL</strong> box, enter the URL{" "}
          {mayKnow ? "above" : "that an operator or an admin gives you"}.
        </span>
      </li>
      <li>
        <div class="stack">
          <span>
            Leave <strong>Export Fields</strong> empty. Or choose all of these, and leave the choice as it is:
            a field that comes once and then does not is cleared on the list.
          </span>
          <span class="row">
            {[...new Set(fields)].map((field) => (
              <code key={field}>{field}</code>
            ))}
          </span>
        </div>
      </li>
      <li>
        <span>
          Leave <strong>Existing Users</strong> of that job unchecked
          {job.existing_users ? ": this export adds them itself" : ""}. Then click{" "}
          <strong>Start export</strong>.
        </span>
      </li>
    </ol>
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
