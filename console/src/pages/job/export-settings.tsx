/** The settings of an export, each with what it means; and what ends it. */

import { answered, api } from "../../api/client";
import { useAudiences } from "../../api/jobs";
import { ExportChanges as LIMITS } from "../../api/limits";
import type { Live } from "../../api/live";
import { ManyPicker, type Option } from "../../components";
import { Consents, EXPORT_SETTINGS, Identity, useFieldOptions, Who } from "../../forms/export-fields";
import { Description, type Form, picked } from "../../forms/form";
import { count, type Export, named as nameOf } from "../../words/jobs";
import { Ending } from "./ending";
import type { Named } from "./frame";
import { FieldMappings } from "./mappings";
import { Section, Settings } from "./settings";

export function ExportSettings({ of: named, job, asked }: { of: Named; job: Export; asked: Live<Export> }) {
  const params = { path: { id: job.id } };
  const { options } = useFieldOptions();
  return (
    <>
      <Settings
        of={named}
        stored={picked(job, [...EXPORT_SETTINGS, "audiences", "field_mappings"])}
        save={async ({ audiences, ...changes }) => {
          const named = audiences?.map(({ slug, name }) => ({ slug, name: name ?? null }));
          const body = { ...changes, ...(named && { audiences: named }) };
          asked.put(await answered(api.PATCH("/exports/{id}", { params, body })));
        }}
        follows="Everybody affected by a change is sent again."
      >
        {(form) => (
          <>
            <Section name="Name">
              <Description {...form} of="export" />
            </Section>
            <Section name="Who is sent">
              <Audiences {...form} />
              <Who {...form} />
            </Section>
            <Section name="Fields">
              <Identity {...form} options={options} />
            </Section>
            <Section name="Custom fields">
              <FieldMappings
                job={job}
                options={options}
                value={form.draft.field_mappings}
                onChange={(field_mappings) => form.edit({ field_mappings })}
                error={form.error("field_mappings")}
              />
            </Section>
            <Section name="Consent and mobile number">
              <Consents {...form} options={options} />
            </Section>
          </>
        )}
      </Settings>
      <Ending of={named} status={job.status} isDry={job.dry_run} refresh={asked.refresh} />
    </>
  );
}

function Audiences({ draft, edit, error }: Form<Pick<Export, "audiences">>) {
  const asked = useAudiences();
  const known = new Map<string, Option>(
    draft.audiences.map((one) => [
      one.slug,
      { value: one.slug, name: nameOf({ id: one.slug, name: one.name ?? null }) },
    ]),
  );
  for (const one of asked.data?.items ?? []) {
    const hint = one.size === null ? undefined : count(one.size, "user");
    known.set(one.slug, { value: one.slug, name: one.name || one.slug, hint });
  }
  return (
    <ManyPicker
      label="Audiences"
      {...LIMITS.audiences}
      options={asked.data || asked.error ? [...known.values()] : undefined}
      value={draft.audiences.map((one) => one.slug)}
      onChange={(slugs) =>
        edit({
          audiences: slugs.map((slug) => draft.audiences.find((one) => one.slug === slug) ?? { slug }),
        })
      }
      error={error("audiences") ?? asked.error?.message}
      help="The Lytics audiences that contain the users you want to sync. Each has a segment of the list. Add a new one to the job at Lytics, too."
    />
  );
}
