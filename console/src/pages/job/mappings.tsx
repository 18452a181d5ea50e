/** Field Mappings of an export that is there: the form of a new one, on what is stored. */

import { useState } from "preact/hooks";
import type { ApiError } from "../../api/client";
import { useCustomFields } from "../../api/jobs";
import type { Option } from "../../components";
import type { Export } from "../../words/jobs";
import { Choices, type Pair } from "../new-export/choices";
import { Mappings } from "../new-export/mappings";

type Stored = Export["field_mappings"];

export function FieldMappings({
  job,
  fields,
  value,
  onChange,
  refusal,
}: {
  job: Export;
  fields: readonly Option[] | undefined;
  value: Stored;
  onChange: (value: Stored) => void;
  refusal: ApiError | undefined;
}) {
  const custom = useCustomFields(job.authorization_id, job.list_id);
  const [typed, setTyped] = useState<readonly Pair[]>([]);
  // What is typed counts as long as its whole pairs are what is stored: a mapping may be half made.
  const isMine = JSON.stringify(whole(typed)) === JSON.stringify(value);
  const pairs = isMine ? [...typed] : Object.entries(value).map(([from, to]) => ({ from, to }));
  return (
    <Mappings
      choices={new Choices({ account: job.authorization_id, list: job.list_id, pairs })}
      change={(changes) => {
        const next = changes.pairs ?? pairs;
        setTyped(next);
        onChange(whole(next));
      }}
      options={fields}
      custom={custom.data?.items}
      onMade={custom.refresh}
      refusal={refusal}
    />
  );
}

function whole(pairs: readonly Pair[]): Stored {
  return Object.fromEntries(pairs.filter((one) => one.from && one.to).map((one) => [one.from, one.to]));
}
