/** Every field of a profile, and why it says what it says. */

import type { Schemas } from "../../api/client";
import { Card, Table } from "../../components";
import { isMoment, type Line, titleOf } from "./known";
import { Value } from "./value";
import { Why } from "./why";

export function AllFields({
  profile,
  known,
}: {
  profile: Schemas["Profile"];
  known: ReadonlyMap<string, Line>;
}) {
  const { email, fields } = profile;
  const order = [...new Set([...known.keys(), ...Object.keys(fields)])].filter((name) => name in fields);
  return (
    <Card title="Fields" about="As the mappings make them of the person’s rows. Each says why.">
      <Table
        label="Fields"
        rows={order.sort((one, other) => titleOf(one, known).localeCompare(titleOf(other, known)))}
        keyOf={(name) => name}
        columns={[
          {
            name: "Field",
            cell: (name) => (
              <>
                {titleOf(name, known)} <code class="small">{name}</code>
              </>
            ),
          },
          {
            name: "Value",
            cell: (name) => <Value of={fields[name] ?? ""} isTime={isMoment(name, known)} />,
          },
          { name: "Why", cell: (name) => <Why email={email} field={name} known={known} /> },
        ]}
      />
    </Card>
  );
}
