/** An export: how it is now, what it did hour by hour, failures, people, its webhook, its settings, who did what. */

import { api } from "../../api/client";
import { type Live, useLive } from "../../api/live";
import { Problem } from "../../components";
import type { Params } from "../../router";
import { useMay } from "../../session/session";
import { type Export, exportName, exportState, exportWhere, isBusy } from "../../words/jobs";
import { ExportNow } from "./export-now";
import { ExportSettings } from "./export-settings";
import { ExportWebhook } from "./export-webhook";
import { Failures } from "./failures";
import { Frame, Missing, type Named, Start, Stop } from "./frame";
import { Hours } from "./hours";
import { People } from "./people";
import { Plan } from "./plan";
import { Real } from "./real";
import { Timeline } from "./timeline";

export default function ExportPage({ id = "", tab = "" }: Params) {
  const isAdmin = useMay("admin");
  const asked = useLive(
    `/exports/${id}`,
    (signal) => api.GET("/exports/{id}", { params: { path: { id } }, signal }),
    { busy: (job) => isBusy(job) || Boolean(job.waiting) },
  );
  const job = asked.data;
  if (!job) return <Missing kind="export" asked={asked} />;
  const named: Named = { kind: "export", id, name: exportName(job) };
  return (
    <Frame
      of={named}
      state={exportState(job)}
      where={exportWhere(job)}
      actions={<Actions of={named} job={job} asked={asked} />}
      tabs={[
        { at: "", name: "Now" },
        { at: "runs", name: "Runs" },
        { at: "failures", name: "Failures", count: job.counts.failed },
        { at: "people", name: job.dry_run ? "Preview" : "People" },
        { at: "webhooks", name: "Webhooks" },
        { at: "settings", name: "Settings" },
        ...(isAdmin ? [{ at: "timeline", name: "Timeline" }] : []),
      ]}
    >
      {asked.error && <Problem error={asked.error} onRetry={asked.refresh} />}
      <Part of={named} tab={tab} asked={asked} job={job} />
    </Frame>
  );
}

function Part({ of: named, tab, asked, job }: { of: Named; tab: string; asked: Live<Export>; job: Export }) {
  switch (tab) {
    case "runs":
      return <Hours job={job} />;
    case "failures":
      return <Failures of={named} isBusy={isBusy(job)} />;
    case "people":
      return job.dry_run ? <Plan job={job} /> : <People job={job} />;
    case "webhooks":
      return <ExportWebhook job={job} put={asked.put} />;
    case "settings":
      return <ExportSettings of={named} job={job} asked={asked} />;
    case "timeline":
      return <Timeline of={named} />;
    default:
      return <ExportNow of={named} job={job} asked={asked} />;
  }
}

function Actions({ of: named, job, asked }: { of: Named; job: Export; asked: Live<Export> }) {
  const isOff = job.status === "stopped" || job.status === "failed";
  return (
    <>
      {!isOff && <Stop of={named} onDone={asked.refresh} />}
      {isOff && !job.dry_run && <Start of={named} onDone={asked.refresh} />}
      {job.dry_run && <Real job={job} put={asked.put} />}
    </>
  );
}
