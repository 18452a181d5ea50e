/** The advanced options of an export, in the order of Lytics' own form. */

import { useState } from "preact/hooks";
import { useCustomFields } from "../../api/jobs";
import { Advanced, Problem } from "../../components";
import { Consents, EXPORT_SETTINGS, Identity, useFieldOptions, Who } from "../../forms/export-fields";
import type { Form } from "../../forms/form";
import { type Choices, isAdvanced } from "./choices";
import { Mappings } from "./mappings";

/** They are open where one of them is set, or has a mistake. */
export function Options(form: Form<Choices>) {
  const { draft, edit, error } = form;
  const lytics = useFieldOptions();
  const custom = useCustomFields(draft.account || null, draft.list || null);
  const [isSet] = useState(() => isAdvanced(draft));
  const hasMistake = [...EXPORT_SETTINGS, "field_mappings"].some(
    (name) => name !== "description" && error(name),
  );
  return (
    <Advanced open={isSet || hasMistake}>
      <Who {...form} />
      {lytics.error && (
        <Problem error={lytics.error} title="Lytics' fields cannot be listed: type their names" />
      )}
      <Identity {...form} options={lytics.options} />
      <Mappings
        choices={draft}
        onChange={(pairs) => edit({ pairs })}
        options={lytics.options}
        custom={custom}
        error={error("field_mappings")}
      />
      <Consents {...form} options={lytics.options} />
    </Advanced>
  );
}
