/** Fields of Lytics as options: by name, with what they are. */

import { useLyticsFields } from "../../api/jobs";
import type { Option } from "../../components";

const NAME = /^[A-Za-z0-9_.]+$/;

/** The options; where Lytics cannot be asked, what somebody types is taken. */
export function useFieldOptions() {
  const fields = useLyticsFields();
  const options: readonly Option[] | undefined = fields.data
    ? fields.data.items.map((one) => ({
        value: one.name,
        name: one.name,
        hint: one.description || one.type,
      }))
    : fields.error
      ? []
      : undefined;
  return { options, error: fields.error };
}

export function typedName(text: string): Option | null {
  return NAME.test(text) ? { value: text, name: text, hint: "as typed" } : null;
}
