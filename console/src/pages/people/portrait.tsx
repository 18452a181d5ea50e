/** A person's card: who it is, what they do, when, and where they are. */

import type { ComponentChildren } from "preact";
import type { Schemas } from "../../api/client";
import { Badge, BarChart, Card, Empty, HeatMap, Num, Time, type Tone } from "../../components";
import { Link } from "../../router";
import { type Line, titleOf } from "./known";
import { Elements } from "./value";
import { Why } from "./why";
import { count, entries, type Fields, hoursOfWeek, moment, months, texts } from "./words";

type Known = ReadonlyMap<string, Line>;
type Exports = Schemas["ProfileExport"][];

const TONES: Record<string, Tone> = {
  active: "good",
  unconfirmed: "warn",
  unsubscribed: "off",
  bounced: "bad",
  deleted: "off",
};

export function Portrait({
  profile,
  known,
  exports,
}: {
  profile: Schemas["Profile"];
  known: Known;
  exports: Exports | undefined;
}) {
  const { email, fields } = profile;
  const why = (field: string) =>
    field in fields ? <Why bare email={email} field={field} known={known} /> : null;
  return (
    <>
      <Card title="What they do">
        <div class="stats">
          <Stat name="Sent" why={why("cm_sendct")}>
            <Num of={count(fields, "cm_sendct") ?? 0} />
          </Stat>
          <Stat name="Opens" why={why("cm_openct")} about={<Span fields={fields} of="open" />}>
            <Num of={count(fields, "cm_openct") ?? 0} />
          </Stat>
          <Stat name="Clicks" why={why("cm_clickct")} about={<Span fields={fields} of="click" />}>
            <Num of={count(fields, "cm_clickct") ?? 0} />
          </Stat>
          <Stat name={titleOf("last_active_ts", known)} why={why("last_active_ts")}>
            <Time at={moment(fields.last_active_ts)} relative />
          </Stat>
        </div>
      </Card>
      <div class="duo">
        <Lists fields={fields} why={why("cm_list_names_status")} />
        <Audiences exports={exports} />
      </div>
      <div class="duo">
        <Card title="When they open" about="Hours of the week, in UTC." actions={why("cm_hourofweek")}>
          {"cm_hourofweek" in fields ? (
            <HeatMap label="Opens by hour of the week" what="opens" hours={hoursOfWeek(fields)} />
          ) : (
            <Nothing>Nothing was opened, or may be known.</Nothing>
          )}
        </Card>
        <Card title="Opens by month" about="Months in UTC." actions={why("cm_monthly")}>
          {"cm_monthly" in fields ? (
            <BarChart label="Opens by month" what="opens" points={months(fields)} />
          ) : (
            <Nothing>Nothing was opened, or may be known.</Nothing>
          )}
        </Card>
      </div>
      <div class="duo">
        <Card title="Campaigns" actions={why("cm_campaign_names")}>
          <Elements of={texts(fields, "cm_campaign_names")} />
        </Card>
        <Card title="Links" actions={why("cm_email_urls")}>
          <Elements of={texts(fields, "cm_email_urls")} />
        </Card>
      </div>
    </>
  );
}

function Stat({
  name,
  why,
  about,
  children,
}: {
  name: string;
  why: ComponentChildren;
  about?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class="stat">
      <div class="stat-name">
        <span class="dim small">{name}</span>
        {why}
      </div>
      <div class="stat-value">{children}</div>
      <div class="dim small">{about}</div>
    </div>
  );
}

/** From the first to the last time. */
function Span({ fields, of }: { fields: Fields; of: "open" | "click" }) {
  const [first, last] = [moment(fields[`cm_first${of}_ts`]), moment(fields[`cm_last${of}_ts`])];
  if (!first || !last) return null;
  return (
    <>
      <div>
        first <Time at={first} />
      </div>
      <div>
        last <Time at={last} />
      </div>
    </>
  );
}

function Lists({ fields, why }: { fields: Fields; why: ComponentChildren }) {
  const found = entries(fields, "cm_list_names_status");
  return (
    <Card title="Lists" actions={why}>
      {found.length === 0 ? (
        <Nothing>On no list that was imported.</Nothing>
      ) : (
        <ul class="pairs">
          {found.map(([name, state]) => (
            <li key={name}>
              <span>{name}</span>
              <Badge tone={TONES[String(state)] ?? "note"}>{String(state)}</Badge>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Audiences({ exports }: { exports: Exports | undefined }) {
  const found = (exports ?? []).flatMap((one) =>
    one.audiences.filter((stay) => stay.inside).map((stay) => ({ export: one.export, stay })),
  );
  return (
    <Card title="Audiences">
      {found.length === 0 ? (
        <Nothing>In no audience that an export sends.</Nothing>
      ) : (
        <ul class="pairs">
          {found.map(({ export: job, stay }) => (
            <li key={`${job.id} ${stay.slug}`}>
              <span>{stay.name ?? stay.slug}</span>
              <Link to={`/exports/${job.id}`}>{job.description ?? "Export"}</Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="dim">{children}</p>;
}

/** What is shown of somebody of whom nothing is known. */
export function Unknown({ email }: { email: string }) {
  return (
    <Empty
      title="Nothing is known of this address"
      icon="people"
      action={<Link to="/people">Find somebody else</Link>}
    >
      No import, webhook or audience has told of {email}, or the person was erased.
    </Empty>
  );
}
