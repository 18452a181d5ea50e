/** One person: the card, every field with its reason, the time line, exports, consent. */

import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { useAction, useLive } from "../../api/live";
import { Button, PageHead, Problem, Skeleton, Tabs, Time } from "../../components";
import { type Params, usePlace } from "../../router";
import { May } from "../../session/session";
import { count } from "../../words/jobs";
import { Consent } from "./consent";
import { Erase, Erased, type Receipt } from "./erase";
import { InExports } from "./exports";
import { AllFields } from "./fields";
import { useKnownFields } from "./known";
import { personPath } from "./place";
import { Portrait, Unknown } from "./portrait";
import { everything, saveAs } from "./report";
import { Timeline } from "./timeline";
import { isUnreadable, texts } from "./words";

const PARTS = [
  ["", "Profile"],
  ["fields", "Fields"],
  ["timeline", "Timeline"],
  ["exports", "Exports"],
  ["consent", "Consent"],
] as const;

export default function PersonPage({ email = "", part = "" }: Params) {
  return <Person key={email} email={email.trim()} part={part} />;
}

function Person({ email, part }: { email: string; part: string }) {
  const { path } = usePlace();
  const [receipt, setReceipt] = useState<Receipt>();
  const isHere = receipt === undefined;
  const known = useKnownFields();
  const found = useLive(isHere ? `/profiles/${email}` : null, (signal) =>
    api.GET("/profiles/{email}", { params: { path: { email } }, signal }),
  );
  const exports = useLive(isHere ? `/profiles/${email}/exports` : null, (signal) =>
    api.GET("/profiles/{email}/exports", { params: { path: { email } }, signal }),
  );
  if (receipt) return <Erased email={email} receipt={receipt} />;
  const profile = found.data;
  const isStranger = found.error?.status === 404 && exports.error?.status === 404;
  const { cm_name: name } = profile?.fields ?? {};
  const isNamed = typeof name === "string" && name !== "" && !isUnreadable(name);
  return (
    <>
      <PageHead
        title={isNamed ? name : email}
        crumbs={[{ name: "People", to: "/people" }]}
        about={
          <>
            {isNamed ? `${email} · ` : ""}
            {profile && (
              <>
                {count(profile.rows, "row")}, changed <Time at={profile.updated_at} relative />
              </>
            )}
          </>
        }
        actions={
          !isStranger && (
            <>
              <Report email={email} />
              <May role="admin">
                <Erase email={profile?.email ?? email} onErased={setReceipt} />
              </May>
            </>
          )
        }
      />
      {isStranger ? (
        <Unknown email={email} />
      ) : (
        <>
          <Tabs
            label="Parts of the person"
            tabs={PARTS.map(([to, title]) => ({
              name: title,
              to: to === part ? path : personPath(email, to),
            }))}
          />
          <Part of={part} email={email} found={found} exports={exports} known={known} />
        </>
      )}
    </>
  );
}

function Part({
  of: part,
  email,
  found,
  exports,
  known,
}: {
  of: string;
  email: string;
  found: ReturnType<typeof useLive<import("../../api/client").Schemas["Profile"]>>;
  exports: ReturnType<typeof useLive<import("../../api/client").Schemas["ProfileExportPage"]>>;
  known: ReturnType<typeof useKnownFields>;
}) {
  if (part === "exports") return <InExports found={exports} />;
  if (part === "timeline") return <Timeline email={email} />;
  if (!found.data)
    return found.error ? <Problem error={found.error} onRetry={found.refresh} /> : <Skeleton lines={10} />;
  const { fields } = found.data;
  if (part === "consent") return <Consent email={email} clients={namesOf(fields)} />;
  if (part === "fields") return <AllFields profile={found.data} known={known} />;
  return <Portrait profile={found.data} known={known} exports={exports.data?.items} />;
}

/** The client's name by its id, where there is one of each: two sets do not say which belongs to which. */
function namesOf(fields: import("./words").Fields): ReadonlyMap<string, string> {
  const [ids, names] = [texts(fields, "cm_client_ids"), texts(fields, "cm_client_names")];
  const [id, name] = [ids[0], names[0]];
  return new Map(ids.length === 1 && names.length === 1 && id && name ? [[id, name]] : []);
}

/** The answer to a request of access. */
function Report({ email }: { email: string }) {
  const [rows, setRows] = useState(0);
  const read = useAction(async () => {
    saveAs(`everything-${email}.json`, await everything(email, setRows));
    return true;
  });
  return (
    <>
      <Button icon="import" busy={read.busy} onClick={() => read.run()}>
        Access report
      </Button>
      {read.busy && <span class="unseen" role="status">{`${rows.toLocaleString()} rows read`}</span>}
      {read.error && <Problem error={read.error} onRetry={() => read.run()} />}
    </>
  );
}
