/** An import: how it is now, its runs, its failures, its webhooks, its settings, who did what. */

import { answered, api } from "../../api/client";
import { type Live, useLive } from "../../api/live";
import { Problem } from "../../components";
import type { Params } from "../../router";
import { useMay } from "../../session/session";
import { type Import, importName, importState, importWhere } from "../../words/jobs";
import { Failures } from "./failures";
import { Do, Frame, Missing, type Named, Start, Stop } from "./frame";
import { ImportNow } from "./import-now";
import { ImportSettings } from "./import-settings";
import { ImportWebhooks } from "./import-webhooks";
import { Runs } from "./runs";
import { Timeline } from "./timeline";

export default function ImportPage({ id = "", tab = "" }: Params) {
  const isAdmin = useMay("admin");
  const asked = useLive(
    `/imports/${id}`,
    (signal) => api.GET("/imports/{id}", { params: { path: { id } }, signal }),
    { busy: (job) => job.status === "running" },
  );
  const job = asked.data;
  if (!job) return <Missing kind="import" asked={asked} />;
  const named: Named = { kind: "import", id, name: importName(job) };
  return (
    <Frame
      of={named}
      state={importState(job)}
      where={importWhere(job)}
      actions={<Actions of={named} job={job} refresh={asked.refresh} />}
      tabs={[
        { at: "", name: "Now" },
        { at: "runs", name: "Runs" },
        { at: "failures", name: "Failures" },
        { at: "webhooks", name: "Webhooks", count: job.webhooks.length },
        { at: "settings", name: "Settings" },
        ...(isAdmin ? [{ at: "timeline", name: "Timeline" }] : []),
      ]}
    >
      {asked.error && <Problem error={asked.error} onRetry={asked.refresh} />}
      <Part of={named} tab={tab} asked={asked} job={job} />
    </Frame>
  );
}

function Part({ of: named, tab, asked, job }: { of: Named; tab: string; asked: Live<Import>; job: Import }) {
  switch (tab) {
    case "runs":
      return <Runs job={job} />;
    case "failures":
      return <Failures of={named} isBusy={job.status === "running"} />;
    case "webhooks":
      return <ImportWebhooks job={job} put={asked.put} />;
    case "settings":
      return <ImportSettings of={named} job={job} asked={asked} />;
    case "timeline":
      return <Timeline of={named} />;
    default:
      return <ImportNow of={named} job={job} refresh={asked.refresh} />;
  }
}

function Actions({ of: named, job, refresh }: { of: Named; job: Import; refresh: () => Promise<void> }) {
  const isOff = job.status === "stopped" || job.status === "failed";
  const isAtRest = job.status === "scheduled" || job.status === "completed";
  return (
    <>
      {isAtRest && <RunNow id={named.id} refresh={refresh} />}
      {job.status !== "stopped" && job.status !== "failed" && <Stop of={named} onDone={refresh} />}
      {isOff && <Start of={named} onDone={refresh} />}
    </>
  );
}

function RunNow({ id, refresh }: { id: string; refresh: () => Promise<void> }) {
  return (
    <Do
      name="Run now"
      icon="play"
      said="A run has begun."
      act={() => answered(api.POST("/imports/{id}/run", { params: { path: { id } } }))}
      onDone={refresh}
    />
  );
}
