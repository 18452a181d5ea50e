/** Field Mappings of an export that is there: the form of a new one, on what is stored. */

import { useState } from "preact/hooks";
import { useCustomFields } from "../../api/jobs";
import type { Option } from "../../components";
import type { Export } from "../../words/jobs";
import { mappingsOf, type Pair, pairsOf } from "../new-export/choices";
import { Mappings } from "../new-export/mappings";

type Stored = Export["field_mappings"];

export function FieldMappings({
  job,
  value,
  onChange,
  ...told
}: {
  job: Export;
  options: readonly Option[] | undefined;
  value: Stored;
  onChange: (value: Stored) => void;
  error: string | undefined;
}) {
  const [typed, setTyped] = useState<readonly Pair[]>([]);
  // What is typed counts as long as its whole pairs are what is stored: a mapping may be half made.
  const isMine = JSON.stringify(mappingsOf(typed)) === JSON.stringify(value);
  const pairs = isMine ? typed : pairsOf(value);
  return (
    <Mappings
      {...told}
      choices={{ account: job.authorization_id, list: job.list_id, pairs }}
      onChange={(next) => {
        setTyped(next);
        onChange(mappingsOf(next));
      }}
      custom={useCustomFields(job.authorization_id, job.list_id)}
    />
  );
}
