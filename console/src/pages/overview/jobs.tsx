/** The tables of imports and exports: name, where, how it is, when, and its last fourteen runs. */

import { api, type Schemas } from "../../api/client";
import { useLive } from "../../api/live";
import { useSeen } from "../../api/seen";
import { Badge, Card, Icon, RunBars, Table, Time } from "../../components";
import { Link } from "../../router";
import {
  audiencesOf,
  type Export,
  exportBars,
  exportName,
  exportState,
  exportWhere,
  type Import,
  importBars,
  importName,
  importState,
  importWhere,
  pathOf,
  type State,
} from "../../words/jobs";

const RUNS = 14;

export function Imports({ jobs }: { jobs: readonly Import[] }) {
  return (
    <Card title="Imports">
      <Table
        label="Imports"
        rows={jobs}
        keyOf={(job) => job.id}
        columns={[
          {
            name: "Name",
            cell: (job) => (
              <Name to={pathOf("import", job.id)} name={importName(job)} where={importWhere(job)} />
            ),
          },
          { name: "State", cell: (job) => <Shown state={importState(job)} /> },
          { name: "Last run", cell: (job) => <Time at={job.run?.started_at} relative /> },
          {
            name: "Next run",
            cell: (job) =>
              job.next_run_at ? <Time at={job.next_run_at} relative /> : <span class="dim">–</span>,
          },
          { name: "Last 14 runs", cell: (job) => <ImportRuns job={job} /> },
        ]}
      />
    </Card>
  );
}

export function Exports({ jobs }: { jobs: readonly Export[] }) {
  return (
    <Card title="Exports">
      <Table
        label="Exports"
        rows={jobs}
        keyOf={(job) => job.id}
        columns={[
          {
            name: "Name",
            cell: (job) => (
              <Name to={pathOf("export", job.id)} name={exportName(job)} where={exportWhere(job)} />
            ),
          },
          { name: "State", cell: (job) => <Shown state={exportState(job)} /> },
          { name: "Audiences", cell: (job) => audiencesOf(job) },
          { name: "Last activity", cell: (job) => <ExportRuns job={job} /> },
        ]}
      />
    </Card>
  );
}

function Name({ to, name, where }: { to: string; name: string; where: readonly string[] }) {
  return (
    <div class="job-name">
      <Link to={to}>{name}</Link>
      <span class="path">
        {where.map((part, index) => (
          <span key={index}>{part}</span>
        ))}
      </span>
    </div>
  );
}

function Shown({ state }: { state: State }) {
  return <Badge tone={state.tone}>{state.says}</Badge>;
}

function ImportRuns({ job }: { job: Import }) {
  const { ref, isSeen } = useSeen<HTMLDivElement>();
  const key = isSeen ? `/imports/${job.id}/runs ${job.run?.id} ${job.run?.status}` : null;
  const runs = useLive(
    key,
    (signal) =>
      api.GET("/imports/{id}/runs", { params: { path: { id: job.id }, query: { limit: RUNS } }, signal }),
    { poll: false },
  );
  return (
    <div ref={ref}>
      <RunBars label={`Last runs of ${importName(job)}`} runs={importBars(runs.data?.items ?? [])} />
    </div>
  );
}

function ExportRuns({ job }: { job: Export }) {
  const { ref, isSeen } = useSeen<HTMLDivElement>();
  const key = isSeen ? `/exports/${job.id}/activity ${Object.values(job.counts).join(" ")}` : null;
  const activity = useLive(
    key,
    (signal) =>
      api.GET("/exports/{id}/activity", { params: { path: { id: job.id }, query: { limit: RUNS } }, signal }),
    { poll: false },
  );
  const hours: readonly Schemas["HourOfExport"][] = activity.data?.items ?? [];
  return (
    <div ref={ref} class="row">
      <RunBars label={`Last activity of ${exportName(job)}`} runs={exportBars(hours)} />
      <span class="small dim">
        {hours[0] ? <Time at={hours[0].ended_at} relative /> : <Icon name="info" />}
        {!hours[0] && activity.data ? " nobody was sent yet" : ""}
      </span>
    </div>
  );
}
