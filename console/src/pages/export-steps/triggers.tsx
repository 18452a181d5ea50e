/** What is left to do after an export has started: give Lytics its URL, and see the first trigger come. */

import type { ApiError } from "../../api/client";
import {
  Badge,
  Banner,
  ButtonLink,
  Card,
  CodeText,
  Copy,
  Icon,
  PageHead,
  Problem,
  Progress,
  Time,
} from "../../components";
import { May } from "../../session/session";
import {
  audiencesOf,
  count,
  type Export,
  exportName,
  exportState,
  exportWhere,
  isReading,
  pathOf,
} from "../../words/jobs";
import { sentence } from "../../words/problems";
import { Notes } from "./preview";
import { TryOne } from "./try-one";

export function Triggers({ job, error }: { job: Export; error: ApiError | undefined }) {
  const state = exportState(job);
  return (
    <>
      <PageHead
        title={exportName(job)}
        crumbs={[{ name: "Imports & exports", to: "/jobs" }]}
        state={<Badge tone={state.tone}>{state.says}</Badge>}
        about={exportWhere(job).join(" › ")}
        actions={<ButtonLink to={pathOf("export", job.id)}>Go to the export</ButtonLink>}
      />
      {error && <Problem error={error} />}
      {job.status === "failed" && (
        <Banner tone="bad" title="The export could not be set up">
          <p>{sentence(job.message ?? "See its failures")}</p>
        </Banner>
      )}
      <SetUp job={job} />
      <AtLytics job={job} />
      <TryOne job={job} />
      {job.status !== "starting" && <Notes job={job} />}
    </>
  );
}

/** What has to be done at Lytics, step by step, and whether it was. */
export function AtLytics({ job }: { job: Export }) {
  return (
    <May
      role="operator"
      else={<Banner tone="note" title="Viewers do not see the URL: who knows it can post triggers" />}
    >
      <Card title="Have Lytics tell who enters and exits" about="Once, in Lytics. Then it goes by itself.">
        <ol class="steps">
          <li>
            <div class="stack">
              <span>Copy the webhook URL. Who knows it can post triggers: keep it secret.</span>
              <Copy label="Webhook URL" text={job.audience_webhook_url} />
            </div>
          </li>
          <li>
            <span>
              In Lytics, open <strong>Jobs</strong>, and create a job of the type{" "}
              <strong>Webhooks: Audience Triggers</strong>.
            </span>
          </li>
          <li>
            <span>
              Paste the URL, and choose the same audiences: <strong>{audiencesOf(job).join(", ")}</strong>.
            </span>
          </li>
          <li>
            <span>
              Leave <strong>Export Fields</strong> empty, or choose these: <Fields job={job} />. Leave{" "}
              <strong>Existing Users</strong> unchecked: this export reads them itself.
            </span>
          </li>
          <li>
            <span>
              Start the job. As soon as somebody enters or exits one of the audiences, Lytics tells it here.
            </span>
          </li>
        </ol>
        <First job={job} />
      </Card>
    </May>
  );
}

function SetUp({ job }: { job: Export }) {
  const counts = job.counts;
  if (job.status === "starting")
    return (
      <Card title="Making the list ready">
        <Progress label="The field Lytics Audiences, its options and segments" value={null} />
      </Card>
    );
  return (
    <Card
      title="So far"
      about="Added counts everybody who got a first audience, also those who were on the list before."
    >
      {isReading(job) &&
        job.existing?.map((one) => (
          <Progress
            key={one.slug}
            label={`Reading ${job.audiences.find((each) => each.slug === one.slug)?.name ?? one.slug}`}
            value={one.done ? 1 : one.total ? one.read : null}
            max={one.done ? 1 : one.total}
            says={`${one.read.toLocaleString()} of ${count(one.total, "user")}`}
          />
        ))}
      <dl class="tiles" aria-label="Counts">
        {(
          [
            ["Added", counts.added, "good"],
            ["Changed", counts.updated, "busy"],
            ["Removed", counts.removed, "off"],
            ["Skipped", counts.skipped, "off"],
            ["Failed", counts.failed, "bad"],
          ] as const
        ).map(([name, value, tone]) => (
          <div key={name} data-tone={tone}>
            <dt>{name}</dt>
            <dd>{value.toLocaleString()}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function First({ job }: { job: Export }) {
  return (
    <div class="first" role="status" data-tone={job.last_trigger_at ? "good" : "off"}>
      {job.last_trigger_at ? (
        <>
          <Icon name="check" />
          <span>
            <strong>First trigger received.</strong> The last one came{" "}
            <Time at={job.last_trigger_at} relative />.
          </span>
        </>
      ) : (
        <>
          <span class="dot" aria-hidden="true" />
          <span>Waiting for the first trigger. This changes by itself as soon as one comes.</span>
        </>
      )}
    </div>
  );
}

/** The fields that Lytics must send, if it does not send all. */
function Fields({ job }: { job: Export }) {
  const names = [
    job.email_field,
    job.name_field,
    ...Object.keys(job.field_mappings),
    job.consent_field,
    job.sms_field,
    job.sms_consent_field,
    "segment_events",
  ].filter((name): name is string => Boolean(name));
  return (
    <>
      {[...new Set(names)].map((name, index) => (
        <span key={name}>
          {index > 0 && ", "}
          <CodeText>{name}</CodeText>
        </span>
      ))}
    </>
  );
}
