/** In which exports a person is: audiences, what the list has from us, and what was refused. */

import type { Schemas } from "../../api/client";
import type { Live } from "../../api/live";
import {
  Badge,
  Banner,
  Card,
  Empty,
  Facts,
  Problem,
  Skeleton,
  Table,
  Time,
  type Tone,
} from "../../components";
import { Link } from "../../router";
import { fieldName } from "../job/sent";

type Membership = Schemas["ProfileExport"];

const TONES: Record<string, Tone> = { sent: "good", failed: "bad", "kept out": "warn", skipped: "off" };

export function InExports({ found }: { found: Live<Schemas["ProfileExportPage"]> }) {
  if (!found.data)
    return found.error ? <Problem error={found.error} onRetry={found.refresh} /> : <Skeleton lines={5} />;
  if (found.data.items.length === 0)
    return (
      <Empty title="In no export" icon="export">
        No export has been told of this person by an audience.
      </Empty>
    );
  return (
    <>
      {found.data.items.map((one) => (
        <InExport key={one.export.id} of={one} />
      ))}
    </>
  );
}

function InExport({ of: one }: { of: Membership }) {
  const { export: job } = one;
  const isGone = job.dry_run === null;
  return (
    <Card
      title={job.description ?? job.id}
      about={isGone ? "This export was deleted." : <Link to={`/exports/${job.id}`}>Open the export</Link>}
      actions={
        <>
          {job.dry_run && <Badge tone="note">Dry run</Badge>}
          {one.waiting && <Badge tone="busy">Waiting to be sent</Badge>}
          {one.outcome && <Badge tone={TONES[one.outcome] ?? "note"}>{one.outcome}</Badge>}
        </>
      }
    >
      {one.failure && (
        <Banner tone="bad" title={one.failure.code ? `Refused: ${one.failure.code}` : "Refused"}>
          <p>{one.failure.message}</p>
          <p class="small dim">
            <Time at={one.failure.at} />
          </p>
        </Banner>
      )}
      <Table
        label="Audiences"
        rows={one.audiences}
        keyOf={(stay) => stay.slug}
        columns={[
          { name: "Audience", cell: (stay) => stay.name ?? stay.slug },
          { name: "Is in it", cell: (stay) => (stay.inside ? "Yes" : "No") },
          { name: "Entered", cell: (stay) => <Time at={stay.entered_at ?? stay.seen_at} /> },
          {
            name: "Left",
            cell: (stay) => (stay.left_at ? <Time at={stay.left_at} /> : <span class="dim">–</span>),
          },
        ]}
      />
      {one.sent && (
        <>
          <h3>
            What the list got from this export, last on <Time at={one.sent_at} />
          </h3>
          <Facts of={sentOf(one.sent)} />
        </>
      )}
    </Card>
  );
}

/** What was sent, field by field: custom fields lie one level deeper. */
function sentOf(sent: NonNullable<Membership["sent"]>): (readonly [string, string])[] {
  return Object.entries(sent).flatMap(([name, value]) =>
    name === "fields" && value && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).map(([field, one]) => [fieldName(field), said(one)] as const)
      : [[fieldName(name), said(value)] as const],
  );
}

function said(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) return value.map(said).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
