/** Imports and exports: all of them with their state in words, found by name, kind and state. */

import { useExports, useImports } from "../../api/jobs";
import {
  ButtonLink,
  Card,
  Empty,
  PageHead,
  Problem,
  SelectField,
  Skeleton,
  TextField,
} from "../../components";
import { go, usePlace } from "../../router";
import { May } from "../../session/session";
import {
  exportName,
  exportState,
  exportWhere,
  importName,
  importState,
  importWhere,
  type State,
} from "../../words/jobs";
import { Exports, Imports } from "../overview/jobs";

const STATES = [
  { value: "", name: "All" },
  { value: "look", name: "Need a look" },
  { value: "busy", name: "At work" },
  { value: "well", name: "Up to date" },
  { value: "off", name: "Stopped" },
] as const;

type Wanted = (typeof STATES)[number]["value"];

export default function Jobs() {
  const { query } = usePlace();
  const kind = query.get("kind") ?? "";
  const text = query.get("name") ?? "";
  const state = (STATES.find((one) => one.value === query.get("state"))?.value ?? "") as Wanted;
  const imports = useImports();
  const exports = useExports();
  const show = (next: Record<string, string>) => {
    const wanted = { kind, name: text, state, ...next };
    const given = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    go(["/jobs", given.toString()].filter(Boolean).join("?"), { replace: true });
  };
  const error = imports.error ?? exports.error;
  const isRead = imports.data && exports.data;
  const found = {
    imports: (imports.data?.items ?? []).filter((job) =>
      isWanted([importName(job), ...importWhere(job)], importState(job), text, state),
    ),
    exports: (exports.data?.items ?? []).filter((job) =>
      isWanted([exportName(job), ...exportWhere(job)], exportState(job), text, state),
    ),
  };
  const hasImports = kind !== "export" && found.imports.length > 0;
  const hasExports = kind !== "import" && found.exports.length > 0;
  return (
    <>
      <PageHead
        title="Imports & exports"
        actions={
          <May role="operator">
            <ButtonLink to="/new-import" icon="import">
              New import
            </ButtonLink>
            <ButtonLink to="/new-export" icon="export">
              New export
            </ButtonLink>
          </May>
        }
      />
      <search class="filters">
        <TextField
          label="Name, account or list"
          value={text}
          onInput={(name) => show({ name })}
          autocomplete="off"
          placeholder="Newsletter"
        />
        <SelectField
          label="Kind"
          value={kind}
          options={[
            { value: "", name: "Imports and exports" },
            { value: "import", name: "Imports" },
            { value: "export", name: "Exports" },
          ]}
          onChange={(one) => show({ kind: one })}
        />
        <SelectField label="State" value={state} options={STATES} onChange={(one) => show({ state: one })} />
      </search>
      {error && <Problem error={error} onRetry={() => Promise.all([imports.refresh(), exports.refresh()])} />}
      {!isRead && !error && (
        <Card>
          <Skeleton lines={6} />
        </Card>
      )}
      {hasImports && <Imports jobs={found.imports} />}
      {hasExports && <Exports jobs={found.exports} />}
      {isRead && !hasImports && !hasExports && (
        <Empty title="Nothing here" icon="search">
          {text || state || kind
            ? "No import or export is as you ask for."
            : "An import brings a client’s lists into Lytics; an export sends audiences to a list."}
        </Empty>
      )}
    </>
  );
}

const TONES: Record<Exclude<Wanted, "">, readonly State["tone"][]> = {
  look: ["bad", "warn"],
  busy: ["busy", "note"],
  well: ["good"],
  off: ["off"],
};

function isWanted(words: readonly string[], how: State, text: string, state: Wanted): boolean {
  const sought = text.trim().toLowerCase();
  const isNamed = !sought || words.some((word) => word.toLowerCase().includes(sought));
  return isNamed && (state === "" || TONES[state].includes(how.tone));
}
