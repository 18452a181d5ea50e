/** The advanced options of an import: how often, and what may be kept. */

import { Advanced } from "../../components";
import type { Form } from "../../forms/form";
import {
  Columns,
  Consent,
  History,
  IMPORT_SETTINGS,
  type ImportSettings,
  Schedule,
} from "../../forms/import-fields";

/** A mistake in a field opens them. */
export function Options(form: Form<ImportSettings>) {
  return (
    <Advanced open={IMPORT_SETTINGS.some((name) => name !== "description" && form.error(name))}>
      <Schedule {...form} />
      <Consent {...form} />
      <History {...form} />
      <Columns {...form} />
    </Advanced>
  );
}
