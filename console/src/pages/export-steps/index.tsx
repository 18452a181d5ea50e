/** An export on its way: its preview first, if there is one, then what has to be done at Lytics. */

import { useExport } from "../../api/jobs";
import { PageHead, Problem, Skeleton } from "../../components";
import type { Params } from "../../router";
import { Preview } from "./preview";
import { Triggers } from "./triggers";

export default function ExportSteps({ id = "" }: Params) {
  const job = useExport(id);
  if (!job.data)
    return (
      <>
        <PageHead title="New export" crumbs={[{ name: "Imports & exports", to: "/jobs" }]} />
        {job.error ? <Problem error={job.error} onRetry={job.refresh} /> : <Skeleton lines={6} />}
      </>
    );
  const Step = job.data.dry_run ? Preview : Triggers;
  return <Step job={job.data} error={job.error} put={job.put} />;
}
