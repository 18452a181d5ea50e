/** The tables of imports and exports: name, where, how it is, when, and its last fourteen runs. */

import type { Schemas } from "../../api/client";
import { Badge, Card, RunBars, Table, Time } from "../../components";
import { Link } from "../../router";
import {
  audiencesOf,
  exportBars,
  exportName,
  exportState,
  exportWhere,
  importBars,
  importName,
  importState,
  importWhere,
  pathOf,
  type State,
  someOf,
} from "../../words/jobs";

type ListedImport = Schemas["ListedImport"];
type ListedExport = Schemas["ListedExport"];

export function Imports({ jobs }: { jobs: readonly ListedImport[] }) {
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

export function Exports({ jobs }: { jobs: readonly ListedExport[] }) {
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
          { name: "Audiences", cell: (job) => someOf(audiencesOf(job)) },
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

function ImportRuns({ job }: { job: ListedImport }) {
  return <RunBars label={`Last runs of ${importName(job)}`} runs={importBars(job.runs ?? [])} />;
}

function ExportRuns({ job }: { job: ListedExport }) {
  const hours = job.activity ?? [];
  return (
    <div class="row">
      <RunBars label={`Last activity of ${exportName(job)}`} runs={exportBars(hours)} />
      <span class="small dim">
        {hours[0] ? <Time at={hours[0].ended_at} relative /> : "nobody was sent yet"}
      </span>
    </div>
  );
}
