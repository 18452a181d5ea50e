/** An export now: what it waits for, how far existing users are read, what became of people, what it did today. */

import { api } from "../../api/client";
import { type Live, useLive } from "../../api/live";
import { Banner, Card, Facts, Problem, Progress, Time } from "../../components";
import { Link } from "../../router";
import { count, type Export, isReading, named as nameOf, pathOf } from "../../words/jobs";
import { sentence } from "../../words/problems";
import { Halted, type Named, Start } from "./frame";
import { HoursChart } from "./hours";
import { Figures, Waits } from "./parts";

export function ExportNow({ of: named, job, asked }: { of: Named; job: Export; asked: Live<Export> }) {
  return (
    <>
      {job.waiting && (
        <Waits waiting={job.waiting}>
          <p>Who enters or leaves an audience meanwhile is kept in mind, and sent then.</p>
        </Waits>
      )}
      <Matter of={named} job={job} asked={asked} />
      {job.dry_run ? <WouldBe job={job} /> : <SoFar job={job} />}
      {isReading(job) && <Reading job={job} />}
      {!job.dry_run && <Today job={job} />}
      {!isReading(job) && job.existing && <Reading job={job} />}
      <Card title="What it does">
        <Facts
          of={[
            ["Audiences", <Audiences key="audiences" job={job} />],
            ["List", nameOf(job.list)],
            [
              "Last trigger of Lytics",
              job.last_trigger_at ? (
                <Time key="heard" at={job.last_trigger_at} relative />
              ) : (
                <Link key="heard" to={`${pathOf("export", job.id)}/webhooks`}>
                  none yet: set it up
                </Link>
              ),
            ],
            ["Made", <Time key="made" at={job.created_at} />],
          ]}
        />
        {job.notes.length > 0 && (
          <details class="notes">
            <summary>{count(job.notes.length, "note")} of its set-up and its daily checks</summary>
            <ul class="lines small">
              {job.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </details>
        )}
      </Card>
    </>
  );
}

/** What is the matter with it, if something is. */
function Matter({ of: named, job, asked }: { of: Named; job: Export; asked: Live<Export> }) {
  if (job.status === "stopped" || job.status === "failed") {
    if (job.dry_run && job.status === "stopped")
      return (
        <Banner tone="note" title={job.message ? "The preview is complete" : "The preview was stopped"}>
          <p>Nothing was written to the list. Start export does what it says.</p>
        </Banner>
      );
    return (
      <Halted
        of={named}
        status={job.status}
        message={job.message}
        action={!job.dry_run && <Start of={named} onDone={asked.refresh} />}
      />
    );
  }
  return (
    <>
      {job.dry_run && (
        <Banner tone="note" title="This is a preview">
          <p>Nothing is written to the list while everybody is looked up.</p>
        </Banner>
      )}
      {job.message && (
        <Banner
          tone="warn"
          title={
            job.status === "starting" ? "The list could not be made ready yet" : "Not all goes as it should"
          }
        >
          <p>{sentence(job.message)}</p>
        </Banner>
      )}
    </>
  );
}

function SoFar({ job }: { job: Export }) {
  const { counts } = job;
  return (
    <Card
      title="So far"
      about="Added counts everybody who got a first audience, also those who were on the list before."
    >
      <Figures
        label="What became of people so far"
        of={[
          {
            name: "Added",
            value: counts.added,
            says:
              job.resubscribed > 0
                ? `${job.resubscribed.toLocaleString()} subscribed again`
                : "with an audience",
          },
          { name: "Changed", value: counts.updated, says: "other fields or audiences" },
          { name: "Removed", value: counts.removed, says: "from all audiences" },
          { name: "Skipped", value: counts.skipped, says: "left as they are" },
          {
            name: "Failed",
            value: counts.failed,
            says: "see Failures",
            to: `${pathOf("export", job.id)}/failures`,
            alarms: true,
          },
        ]}
      />
    </Card>
  );
}

/** Of a preview: what would become of people. */
function WouldBe({ job }: { job: Export }) {
  const { id } = job;
  const plan = useLive(
    `/exports/${id}/plan`,
    (signal) => api.GET("/exports/{id}/plan", { params: { path: { id } }, signal }),
    { busy: () => job.status === "running" || job.status === "starting" },
  );
  const totals = plan.data?.totals;
  return (
    <Card
      title="What would be done"
      about={<Link to={`${pathOf("export", id)}/people`}>See each person before and after</Link>}
    >
      {plan.error && <Problem error={plan.error} onRetry={plan.refresh} />}
      <Figures
        label="What would become of people"
        of={[
          { name: "Added", value: totals?.add, says: "to the list" },
          { name: "Changed", value: totals?.change, says: "on the list" },
          { name: "As they are", value: totals?.keep, says: "nothing to do" },
          { name: "Subscribed again", value: totals?.resubscribe, says: "had left the list" },
          { name: "Refused", value: totals?.refuse, says: "see Preview", alarms: true },
        ]}
      />
    </Card>
  );
}

function Reading({ job }: { job: Export }) {
  const reads = job.existing ?? [];
  const names = new Map(job.audiences.map((one) => [one.slug, one.name ?? one.slug]));
  return (
    <Card title="Existing Users" about="Who was in the audiences already when this export was started.">
      <div class="stages">
        {reads.map((one) => (
          <div key={one.slug} class="told">
            <Progress
              label={names.get(one.slug) ?? one.slug}
              value={one.done ? 1 : one.total > 0 ? one.read / one.total : null}
              says={
                one.done
                  ? `${count(one.read, "person", "people")} read`
                  : `${one.read.toLocaleString()} of ${count(one.total, "person", "people")}`
              }
            />
            {one.without_address > 0 && (
              <span class="small dim">{one.without_address.toLocaleString()} without an address</span>
            )}
            {one.failed && <span class="small bad">{sentence(one.failed)}</span>}
          </div>
        ))}
      </div>
    </Card>
  );
}

function Today({ job }: { job: Export }) {
  const { id } = job;
  const activity = useLive(`/exports/${id}/activity now`, (signal) =>
    api.GET("/exports/{id}/activity", { params: { path: { id }, query: { limit: 100 } }, signal }),
  );
  if (!activity.data?.items.length) return null;
  return (
    <Card title="The last 24 hours" about={<Link to={`${pathOf("export", id)}/runs`}>See every hour</Link>}>
      <HoursChart hours={activity.data.items} />
    </Card>
  );
}

function Audiences({ job }: { job: Export }) {
  return (
    <ul>
      {job.audiences.map((one) => (
        <li key={one.slug}>{one.name ?? one.slug}</li>
      ))}
    </ul>
  );
}
