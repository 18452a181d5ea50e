/** The settings of an import, each with what it means; and what ends it. */

import { answered, api } from "../../api/client";
import type { Live } from "../../api/live";
import { Card, Facts } from "../../components";
import { Description, picked } from "../../forms/form";
import { Columns, Consent, History, IMPORT_SETTINGS, Schedule } from "../../forms/import-fields";
import { count, type Import, listsOf, named as nameOf } from "../../words/jobs";
import { Ending } from "./ending";
import type { Named } from "./frame";
import { Section, Settings } from "./settings";

export function ImportSettings({ of: named, job, asked }: { of: Named; job: Import; asked: Live<Import> }) {
  const params = { path: { id: job.id } };
  return (
    <>
      <Settings
        of={named}
        stored={picked(job, IMPORT_SETTINGS)}
        save={async (body) => asked.put(await answered(api.PATCH("/imports/{id}", { params, body })))}
        follows="A schedule follows at once. What profiles may not keep any more is gone within minutes."
      >
        {(form) => (
          <>
            <Section name="Name">
              <Description {...form} of="import" />
            </Section>
            <Section name="What it imports">
              <p class="dim">
                {listsOf(job)} of {nameOf(job.client)}. To import others, start another import.
              </p>
            </Section>
            <Section name="When it runs">
              <Schedule {...form} />
            </Section>
            <Section name="Whose activity is kept">
              <Consent {...form} />
            </Section>
            <Section name="How far back">
              <History {...form} />
            </Section>
            <Section name="What of it is stored">
              <Columns {...form} />
            </Section>
          </>
        )}
      </Settings>
      <InForce job={job} />
      <Ending of={named} status={job.status} refresh={asked.refresh} />
    </>
  );
}

const CONSENTS = { ignore: "Ignore", respect: "Respect", strict: "Strict" };

/** What holds is the strictest of what all imports of the client say. */
function InForce({ job }: { job: Import }) {
  const { in_force: policy } = job;
  const isOwn =
    policy.tracking_consent === job.tracking_consent &&
    policy.keep_rows_days === job.keep_rows_days &&
    policy.keep_last_open_day === job.keep_last_open_day &&
    [policy.drop_columns, policy.hash_columns].every(
      (columns, index) =>
        columns.toSorted().join() === ([job.drop_columns, job.hash_columns][index] ?? []).toSorted().join(),
    );
  if (isOwn) return null;
  return (
    <Card
      title="What holds for the client"
      about="All imports of a client share what is allowed, and the strictest holds. Others are stricter than this one."
    >
      <Facts
        of={[
          ["Opens and clicks", CONSENTS[policy.tracking_consent]],
          ["Day of the last open", policy.keep_last_open_day ? "kept" : "not kept"],
          [
            "Activity is kept",
            policy.keep_rows_days === null ? "for good" : `for ${count(policy.keep_rows_days, "day")}`,
          ],
          ["Not stored", policy.drop_columns.join(", ") || "nothing"],
          ["Stored unreadably", policy.hash_columns.join(", ") || "nothing"],
        ]}
      />
    </Card>
  );
}
