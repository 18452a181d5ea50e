/** An import now: how far its run is, stage by stage, what it waits for, what it has brought, and when it runs again. */

import type { ComponentChildren } from "preact";
import type { Schemas } from "../../api/client";
import { Banner, Card, Facts, Progress, Skeleton, Time } from "../../components";
import { Link } from "../../router";
import { type Stage, stagesOf } from "../../words/history";
import { count, type Import, pathOf } from "../../words/jobs";
import { inDay, lasting, period } from "../../words/times";
import { Halted, type Named, Start } from "./frame";
import { type Figure, Figures, Waits } from "./parts";

type Run = Schemas["Run"];

export function ImportNow({
  of: named,
  job,
  refresh,
}: {
  of: Named;
  job: Import;
  refresh: () => Promise<void>;
}) {
  const { run } = job;
  return (
    <>
      {run?.waiting && <Waits waiting={run.waiting} />}
      {(job.status === "stopped" || job.status === "failed") && (
        <Halted
          of={named}
          status={job.status}
          message={job.message}
          action={<Start of={named} onDone={refresh} />}
        />
      )}
      {run ? (
        <ThisRun run={run} job={job} />
      ) : (
        <Card title="First run">
          <p class="dim">It begins in a moment.</p>
          <Skeleton lines={3} />
        </Card>
      )}
      <Card title="Next">
        <Facts of={next(job)} />
      </Card>
    </>
  );
}

function ThisRun({ run, job }: { run: Run; job: Import }) {
  const isGoing = run.status === "running";
  const stages = stagesOf(run);
  return (
    <Card
      title={isGoing ? "This run" : "Latest run"}
      about={
        <>
          {isGoing ? "Began " : run.status === "failed" ? "Failed " : "Ended "}
          <Time at={isGoing ? run.started_at : (run.finished_at ?? run.started_at)} relative />
          {run.finished_at && <> and took {lasting(seconds(run.started_at, run.finished_at))}</>}
        </>
      }
    >
      {isGoing && (
        <Progress
          label={job.status === "stopped" ? "Stopped here" : "All of it"}
          value={run.progress}
          says={<Left run={run} job={job} />}
        />
      )}
      <Figures label="What this run has brought" of={figures(run, job)} />
      {run.failed_pages > 0 && (
        <Banner tone="warn" title={`${count(run.failed_pages, "page")} could not be read`}>
          <p>
            They were tried for two days.{" "}
            <Link to={`${pathOf("import", job.id)}/failures`}>The failures say what to do.</Link>
          </p>
        </Banner>
      )}
      {stages.length > 0 && <Stages of={stages} isOver={run.status === "succeeded"} />}
    </Card>
  );
}

function Left({ run, job }: { run: Run; job: Import }) {
  const parts: ComponentChildren[] = [`${Math.floor(run.progress * 100)} %`];
  if (run.seconds_left !== null) parts.push(`about ${lasting(run.seconds_left)} left`);
  else if (run.waiting) parts.push("waiting");
  else if (job.status === "running" && run.progress < 0.1) parts.push("looking how much there is");
  return <>{parts.join(" · ")}</>;
}

/** The stages as bars; of a run that succeeded, how much it has read of each. */
function Stages({ of: stages, isOver }: { of: readonly Stage[]; isOver: boolean }) {
  return (
    <div class="stack">
      <h3>{isOver ? "Pages read" : "Stages"}</h3>
      {isOver ? (
        <ul class="pages-read">
          {stages.map((stage) => (
            <li key={stage.name}>
              {stage.name} <span class="dim num">{stage.total.toLocaleString()}</span>
            </li>
          ))}
        </ul>
      ) : (
        <div class="stages">
          {stages.map((stage) => (
            <StageBar key={stage.name} of={stage} />
          ))}
        </div>
      )}
    </div>
  );
}

function StageBar({ of: stage }: { of: Stage }) {
  const isDone = stage.done >= stage.total;
  return (
    <Progress
      label={stage.name}
      value={stage.done}
      max={stage.total}
      says={
        isDone
          ? count(stage.total, "page")
          : `${stage.done.toLocaleString()} of ${count(stage.total, "page")}`
      }
    />
  );
}

function figures(run: Run, job: Import): Figure[] {
  return [
    { name: "Subscriptions", value: run.rows.cm_user, says: "one for each list a person is on" },
    { name: "Activity", value: run.rows.cm_activity, says: "opens, clicks and other events" },
    { name: "Calls", value: run.calls, says: "to Campaign Monitor" },
    {
      name: "Not usable",
      value: run.rejected,
      says: "see Failures",
      to: `${pathOf("import", job.id)}/failures`,
      alarms: true,
    },
    { name: "Withheld", value: run.withheld, says: "for consent or age" },
  ];
}

function next(job: Import): (readonly [string, ComponentChildren])[] {
  const alive = job.webhooks.filter((one) => one.active).length;
  return [
    ["Keep Updated", job.keep_updated ? period(job.every_minutes) : "off"],
    [
      "Next run",
      job.next_run_at ? (
        <Time key="next" at={job.next_run_at} relative />
      ) : job.status === "running" ? (
        job.keep_updated ? (
          "after this one"
        ) : (
          "none: it runs once"
        )
      ) : job.status === "stopped" ? (
        "none until it is started"
      ) : (
        "none: Run now starts one"
      ),
    ],
    [
      "Changes at once",
      job.webhooks.length === 0 ? (
        "no webhooks"
      ) : (
        <Link key="webhooks" to={`${pathOf("import", job.id)}/webhooks`}>
          {`${alive} of ${count(job.webhooks.length, "webhook")} alive`}
        </Link>
      ),
    ],
    ...(job.rows_since ? ([["History since", inDay(job.rows_since)]] as const) : []),
    ["Made", <Time key="made" at={job.created_at} />],
  ];
}

function seconds(from: string, to: string): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / 1000;
}
