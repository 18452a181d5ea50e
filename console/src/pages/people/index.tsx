/** Finding people by how their address begins, and those who never come back. */

import { answered, api, type Schemas } from "../../api/client";
import { listProfiles as LIMITS } from "../../api/limits";
import { useAction } from "../../api/live";
import { usePages } from "../../api/pages";
import { useSearch } from "../../api/settled";
import {
  ButtonLink,
  Card,
  Empty,
  Num,
  PagedTable,
  PageHead,
  Problem,
  Sure,
  Tabs,
  TextField,
  Time,
  toast,
} from "../../components";
import { go, Link, usePlace } from "../../router";
import { May } from "../../session/session";
import { personPath } from "./place";
import { isUnreadable } from "./words";

const PER_PAGE = 50;

const TABS = [
  { name: "Find", to: "/people" },
  { name: "Blocked", to: "/people/blocked" },
];

export default function People() {
  return (
    <>
      <PageHead
        title="People"
        about="Everybody whom an import, a webhook or an audience has told of, by their email address."
      />
      <Tabs label="People" tabs={TABS} />
      {usePlace().path === "/people/blocked" ? <Blocked /> : <Find />}
    </>
  );
}

function Find() {
  const { query } = usePlace();
  const wanted = query.get("prefix") ?? "";
  const [text, setText] = useSearch({
    shown: wanted,
    show: (prefix) => go(`/people${prefix && `?prefix=${encodeURIComponent(prefix)}`}`, { replace: true }),
  });
  const found = usePages(`people ${wanted}`, (cursor, signal) => search(wanted, cursor, signal), {
    poll: false,
  });
  return (
    <Card>
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.includes("@")) go(personPath(text.trim()));
        }}
      >
        <TextField
          label="Address begins with"
          value={text}
          onInput={setText}
          placeholder="jane"
          autocomplete="off"
          {...LIMITS.prefix}
          help="Small and capital letters are the same. Type a whole address and press Enter to open the person."
        />
      </form>
      <PagedTable
        label="People"
        pages={found}
        keyOf={(one) => one.email}
        columns={[
          { name: "Address", cell: (one) => <Link to={personPath(one.email)}>{one.email}</Link> },
          { name: "Name", cell: (one) => <Name of={one.name} /> },
          { name: "Rows", number: true, cell: (one) => <Num of={one.rows} /> },
          { name: "Changed", cell: (one) => <Time at={one.updated_at} relative /> },
        ]}
        empty={wanted ? <Nobody prefix={wanted} /> : <NobodyYet />}
      />
    </Card>
  );
}

function Name({ of: name }: { of: string | null }) {
  if (isUnreadable(name)) return <span class="dim">stored unreadably</span>;
  return <span class={name === null ? "dim" : undefined}>{name ?? "–"}</span>;
}

/** The next page that has somebody on it: one look reads only so much of all people. */
async function search(prefix: string, cursor: string | undefined, signal?: AbortSignal) {
  const query = { limit: PER_PAGE, ...(prefix && { prefix }), ...(cursor && { cursor }) };
  for (;;) {
    const answer = await api.GET("/profiles", { params: { query }, ...(signal && { signal }) });
    if (!answer.data || answer.data.items.length > 0 || !answer.data.cursor) return answer;
    query.cursor = answer.data.cursor;
  }
}

function Nobody({ prefix }: { prefix: string }) {
  return (
    <Empty
      title="Nobody’s address begins so"
      icon="search"
      action={prefix.includes("@") && <ButtonLink to={personPath(prefix)}>Open {prefix}</ButtonLink>}
    >
      Nothing was found for “{prefix}”. Who was stored in the last minutes may not be in this list yet.
    </Empty>
  );
}

function NobodyYet() {
  return (
    <Empty
      title="Nobody is here yet"
      icon="people"
      action={
        <May role="operator">
          <ButtonLink kind="primary" icon="plus" to="/new-import">
            New import
          </ButtonLink>
        </May>
      }
    >
      An import brings the people of a client’s lists, and all that they did.
    </Empty>
  );
}

function Blocked() {
  const found = usePages("blocks", (cursor, signal) =>
    api.GET("/blocks", { params: { query: cursor ? { cursor } : {} }, ...(signal && { signal }) }),
  );
  return (
    <Card
      title="Blocked"
      about="People who were erased and never come back: what is received of them is dropped."
    >
      <PagedTable
        label="People who never come back"
        pages={found}
        keyOf={(one) => one.email}
        columns={[
          { name: "Address", cell: (one) => one.email },
          { name: "Since", cell: (one) => <Time at={one.blocked_at} /> },
          { name: "Actions", cell: (one) => <Unblock block={one} onDone={found.first.refresh} /> },
        ]}
        empty={
          <Empty title="Nobody is blocked" icon="people">
            Who is erased may be blocked as well. Without a block, whoever signs up again is stored again.
          </Empty>
        }
      />
    </Card>
  );
}

function Unblock({ block, onDone }: { block: Schemas["Block"]; onDone: () => Promise<void> }) {
  const lift = useAction(() =>
    answered(api.DELETE("/blocks/{email}", { params: { path: { email: block.email } } })).then(() => true),
  );
  return (
    <May role="admin">
      <Sure
        button="Let come back"
        title={`Let ${block.email} come back?`}
        yes="Let come back"
        busy={lift.busy}
        error={lift.error && <Problem error={lift.error} />}
        onSure={async () => {
          if (!(await lift.run())) return false;
          toast(`${block.email} may come back`);
          await onDone();
          return true;
        }}
      >
        <p>What is received from now on is stored again. Nothing that was erased returns.</p>
      </Sure>
    </May>
  );
}
