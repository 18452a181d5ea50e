/** Whether a person may be tracked, by client, and who said so. */

import { api, type Schemas } from "../../api/client";
import { useLive } from "../../api/live";
import { Badge, Card, Facts, Problem, Skeleton, Table, Time, type Tone } from "../../components";
import { Link } from "../../router";
import { Nothing } from "./portrait";

type Client = Schemas["ClientConsent"];

const TONES: Record<Client["consent_to_track"], Tone> = { yes: "good", no: "bad", unknown: "off" };
const SAID: Record<Client["consent_to_track"], string> = { yes: "Yes", no: "No", unknown: "Not decided" };
const ASKED: Record<Client["tracking_consent"], string> = {
  ignore: "Opens and clicks of everybody are kept",
  respect: "Opens and clicks of who said No are not kept",
  strict: "Opens and clicks of who said Yes alone are kept",
};

export function Consent({ email, clients }: { email: string; clients: ReadonlyMap<string, string> }) {
  const asked = useLive(`/profiles/${email}/consent`, (signal) =>
    api.GET("/profiles/{email}/consent", { params: { path: { email } }, signal }),
  );
  if (!asked.data)
    return asked.error ? <Problem error={asked.error} onRetry={asked.refresh} /> : <Skeleton lines={4} />;
  if (asked.data.clients.length === 0)
    return (
      <Card title="Consent to be tracked">
        <Nothing>No client has told of a consent.</Nothing>
      </Card>
    );
  return (
    <>
      {asked.data.clients.map((one) => (
        <Card
          key={one.client_id}
          title={clients.get(one.client_id) ?? one.client_id ?? "Without a client"}
          actions={<Badge tone={TONES[one.consent_to_track]}>{SAID[one.consent_to_track]}</Badge>}
        >
          <Facts
            of={[
              ["What its imports keep", ASKED[one.tracking_consent]],
              ["Of this person", <Kept key="kept" of={one} />],
            ]}
          />
          {one.observations.length > 0 && (
            <Table
              label="Who said what"
              rows={[...one.observations].reverse()}
              keyOf={(each) => `${each.at} ${each.source}`}
              columns={[
                { name: "When", cell: (each) => <Time at={each.at} /> },
                { name: "Consent", cell: (each) => SAID[each.value] },
                { name: "Told by", cell: (each) => <Source of={each.source} /> },
              ]}
            />
          )}
        </Card>
      ))}
    </>
  );
}

/** `import 69c0 run t1a2 …`: what kind of thing told it; exactly what for those who open it. */
function Source({ of }: { of: string }) {
  const [kind = "", id = ""] = of.split(" ");
  const says = kind.replace(/^./, (letter) => letter.toUpperCase());
  return (
    <>
      {kind === "import" ? <Link to={`/imports/${id}`}>{says}</Link> : says}
      <details class="more">
        <summary>Exactly</summary>
        <span class="dim small">{of}</span>
      </details>
    </>
  );
}

function Kept({ of: one }: { of: Client }) {
  const { allowed, from } = one.opens_and_clicks;
  if (!allowed) return <>Opens and clicks are withheld</>;
  if (!from) return <>Opens and clicks are kept</>;
  return (
    <>
      Opens and clicks are kept from <Time at={from} /> on
    </>
  );
}
