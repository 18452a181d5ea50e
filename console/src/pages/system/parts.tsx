/** What parts of the system have in common. */

import type { Schemas } from "../../api/client";
import { Banner } from "../../components";
import { Link } from "../../router";

/** A part of the system that could not be read: a problem says why. */
export function Unreadable({ what }: { what: string }) {
  return <Banner tone="warn" title={`${what} cannot be read at the moment`} />;
}

/** The job that something is about. */
export function JobLink({ job }: { job: Schemas["JobRef"] }) {
  return (
    <Link to={`/${job.kind}s/${job.id}`}>
      {job.name ?? `${job.kind === "import" ? "Import" : "Export"} without a name`}
    </Link>
  );
}
