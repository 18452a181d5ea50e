/** Changing a mapping: mistakes while one types, the same person before and after, then for everybody. */

import { useRef, useState } from "preact/hooks";
import { useBegun } from "../../api/begun";
import { answered, api, type Schemas } from "../../api/client";
import { useAction, useLive } from "../../api/live";
import { useSettled } from "../../api/settled";
import {
  Badge,
  Banner,
  Button,
  ButtonLink,
  Card,
  Code,
  Diff,
  type Mistake,
  Problem,
  Sure,
  TextField,
  toast,
} from "../../components";
import { go } from "../../router";
import { May } from "../../session/session";

type Mapping = Schemas["Mapping"];
type Trial = Schemas["Trial"];

export function Editor({ mapping, onChange }: { mapping: Mapping; onChange: (mapping: Mapping) => void }) {
  const { stream } = mapping;
  const { choices, set, end } = useBegun(`mapping ${stream}`, () => ({ text: mapping.mapping }));
  const { text } = choices;
  const setText = (changed: string) => set(() => ({ text: changed }));
  const [email, setEmail] = useState("");
  const typed = useSettled(text);
  const whose = useSettled(email.trim());
  const asked = useLive(
    `check ${stream} ${whose} ${typed}`,
    (signal) =>
      api.POST("/streams/{stream}/mapping/check", {
        params: { path: { stream } },
        body: { mapping: typed, email: whose.includes("@") ? whose : null },
        signal,
      }),
    { poll: false },
  );
  const last = useRef<Trial>(undefined);
  if (asked.data) last.current = asked.data;
  const trial = asked.data ?? last.current;
  const isChecking = asked.loading || typed !== text;
  const put = useAction(() =>
    answered(api.PUT("/streams/{stream}/mapping", { params: { path: { stream } }, body: { mapping: text } })),
  );
  const reset = useAction(() =>
    answered(api.DELETE("/streams/{stream}/mapping", { params: { path: { stream } } })),
  );

  function changed(now: Mapping, said: string): boolean {
    end();
    onChange(now);
    toast(said);
    go(`/mappings/${stream}`);
    return true;
  }

  const isChanged = text !== mapping.mapping;
  const placed = (trial?.errors ?? []).flatMap(({ line, column, message }): Mistake[] =>
    line === null || column === null ? [] : [{ line, column, message }],
  );
  const whole = (trial?.errors ?? []).filter((one) => one.line === null);
  return (
    <>
      <Card
        title={`Edit the mapping of ${stream}`}
        about="In Lytics’ notation. What is wrong is told below the place where it is."
        actions={<Verdict trial={trial} busy={isChecking} />}
      >
        <Code label={`Mapping of ${stream}`} text={text} mistakes={placed} onInput={setText} />
        {whole.map((one) => (
          <Banner key={one.message} tone="bad" title={one.message} />
        ))}
        <Notation />
      </Card>
      <Card title="Try it on one person" about="Shows the person’s fields before and after. Nothing is kept.">
        <TextField
          label="Address"
          type="email"
          value={email}
          onInput={setEmail}
          placeholder="jane@example.com"
          autocomplete="off"
        />
        {asked.error ? (
          <Problem error={asked.error} onRetry={asked.refresh} />
        ) : trial?.before && trial.after && whose ? (
          <Diff before={trial.before} after={trial.after} />
        ) : (
          trial?.errors.length !== 0 &&
          whose && <p class="dim">There is no “after” while there are mistakes.</p>
        )}
      </Card>
      <div class="row">
        <May role="admin" else={<p class="dim">Publishing a mapping needs the role admin.</p>}>
          {!isChanged || trial?.errors.length !== 0 || isChecking ? (
            <Button kind="primary" disabled>
              Publish
            </Button>
          ) : (
            <Sure
              button="Publish"
              kind="primary"
              title="Publish this mapping?"
              yes="Publish"
              busy={put.busy}
              error={put.error && <Problem error={put.error} />}
              onSure={async () => {
                const now = await put.run();
                return now !== undefined && changed(now, "The mapping is in force");
              }}
            >
              <p>
                Every profile that you see here follows it at once. Profiles that other programs read follow
                within minutes.
              </p>
            </Sure>
          )}
          {!mapping.default && (
            <Sure
              button="Back to the default"
              title="Use the default mapping again?"
              yes="Use the default"
              busy={reset.busy}
              error={reset.error && <Problem error={reset.error} />}
              onSure={async () => {
                const now = await reset.run();
                return now !== undefined && changed(now, "The default mapping is in force");
              }}
            >
              <p>Your own mapping of {stream} is forgotten. All profiles are rebuilt.</p>
            </Sure>
          )}
        </May>
        {isChanged ? (
          <Button
            kind="quiet"
            onClick={() => {
              end();
              go(`/mappings/${stream}`);
            }}
          >
            Discard
          </Button>
        ) : (
          <ButtonLink kind="quiet" to={`/mappings/${stream}`}>
            Close
          </ButtonLink>
        )}
      </div>
    </>
  );
}

/** Of the table in docs/mapping-language.md. */
const EXAMPLES = [
  ["user_id AS customer_id -- the shop's number", "Keeps a column under another name. A note follows --."],
  ["set(event) AS events", "Collects the different values that a column has had."],
  ['count(event) AS signups IF eq(event, "signed up")', "Counts the rows for which the condition holds."],
] as const;

function Notation() {
  return (
    <details class="notes">
      <summary>How to write it: three examples</summary>
      <p class="small">Between SELECT and FROM stand columns, separated by commas. Each makes a field.</p>
      <ul class="lines small">
        {EXAMPLES.map(([text, means]) => (
          <li key={text}>
            <code>{text}</code>
            <p>{means}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Verdict({ trial, busy }: { trial: Trial | undefined; busy: boolean }) {
  if (busy || !trial) return <Badge tone="busy">Checking</Badge>;
  const many = trial.errors.length;
  return many === 0 ? (
    <Badge tone="good">No mistakes</Badge>
  ) : (
    <Badge tone="bad">{many === 1 ? "1 mistake" : `${many} mistakes`}</Badge>
  );
}
