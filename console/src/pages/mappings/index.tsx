/** Which rows make which field: both streams' tables as Lytics publishes them, and what one makes of them. */

import { api, type Schemas } from "../../api/client";
import { useLive } from "../../api/live";
import { Badge, ButtonLink, Card, PageHead, Problem, Skeleton, Table, Tabs } from "../../components";
import { type Params, usePlace } from "../../router";
import { May } from "../../session/session";
import { Editor } from "./editor";
import { Reaggregation } from "./reaggregation";

export type Stream = Schemas["Stream"];
type Line = Schemas["MappedField"];

const STREAMS: readonly { stream: Stream; name: string; about: string }[] = [
  { stream: "cm_user", name: "Subscribers", about: "Profile fields that a subscriber of a list makes." },
  {
    stream: "cm_activity",
    name: "Activity",
    about: "Profile fields that campaign activity and the webhooks of a list make.",
  },
];

export default function Mappings({ stream: wanted = "", edit }: Params) {
  const { path } = usePlace();
  const shown = STREAMS.find((one) => one.stream === wanted) ?? STREAMS[0];
  const { stream } = shown as (typeof STREAMS)[number];
  const asked = useLive(
    `/streams/${stream}/mapping`,
    (signal) => api.GET("/streams/{stream}/mapping", { params: { path: { stream } }, signal }),
    { poll: edit !== "edit" },
  );
  const mapping = asked.data;
  const isEdited = edit === "edit";
  return (
    <>
      <PageHead
        title="Mappings"
        about="What rows of Campaign Monitor mean for a profile. A change applies to all that was ever received."
        state={
          mapping && (
            <Badge tone={mapping.default ? "off" : "note"}>{mapping.default ? "Default" : "Your own"}</Badge>
          )
        }
        actions={
          !isEdited && (
            <May role="operator">
              <ButtonLink to={`/mappings/${stream}/edit`}>Edit</ButtonLink>
            </May>
          )
        }
      />
      <Tabs
        label="Streams"
        tabs={STREAMS.map((one) => ({
          name: one.name,
          to: one.stream === stream ? path : `/mappings/${one.stream}`,
        }))}
      />
      {!isEdited && <Reaggregation />}
      {!mapping ? (
        asked.error ? (
          <Problem error={asked.error} onRetry={asked.refresh} />
        ) : (
          <Skeleton lines={10} />
        )
      ) : isEdited ? (
        <Editor key={stream} mapping={mapping} onChange={asked.put} />
      ) : (
        <Lines mapping={mapping} about={shown?.about ?? ""} />
      )}
    </>
  );
}

function Lines({ mapping, about }: { mapping: Schemas["Mapping"]; about: string }) {
  const hasConditions = mapping.columns.some((line) => line.condition);
  return (
    <Card title={`The mapping of ${mapping.stream}`} about={about}>
      <div class="mapping">
        <Table<Line>
          label={`Mapping of ${mapping.stream}`}
          rows={mapping.columns}
          keyOf={(line) => `${line.field} ${line.expression} ${line.condition}`}
          columns={[
            { name: "Source Field", cell: (line) => <code>{line.expression}</code> },
            ...(hasConditions
              ? [
                  {
                    name: "Conditional",
                    cell: (line: Line) =>
                      line.condition ? <code>IF {line.condition}</code> : <span class="dim">–</span>,
                  },
                ]
              : []),
            {
              name: "Lytics User Field",
              cell: (line) => (
                <>
                  {line.field} {line.unique_id && <span class="dim small">unique id</span>}
                </>
              ),
            },
            { name: "Description", cell: (line) => line.description ?? <span class="dim">–</span> },
            { name: "Type", cell: (line) => <code>{line.type}</code> },
          ]}
        />
      </div>
    </Card>
  );
}
