/** Who may come in: sessions that hold, invitations that wait, and a link for somebody new. */

import { useState } from "preact/hooks";
import { API_URL, answered, api, type Schemas } from "../../api/client";
import { NewSession as LIMITS } from "../../api/limits";
import { useAction } from "../../api/live";
import { usePages } from "../../api/pages";
import {
  Badge,
  Button,
  Card,
  Copy,
  Dialog,
  Empty,
  PagedTable,
  Problem,
  SelectField,
  Sure,
  TextField,
  Time,
  toast,
} from "../../components";
import { type Role, useSession } from "../../session/session";

type Session = Schemas["Session"];

const ROLES: readonly { value: Role; name: string }[] = [
  { value: "viewer", name: "Viewer: reads everything but secrets" },
  { value: "operator", name: "Operator: also runs imports and exports" },
  { value: "admin", name: "Admin: also connects, erases, maps and invites" },
];
const LASTING = [
  { value: "24", name: "One day" },
  { value: "168", name: "One week" },
  { value: "720", name: "30 days" },
] as const;
const LINK_HOURS = 48;

export function Access() {
  const found = usePages("sessions", (cursor, signal) =>
    api.GET("/sessions", { params: { query: cursor ? { cursor } : {} }, ...(signal && { signal }) }),
  );
  const { session } = useSession();
  return (
    <Card
      title="Sessions and invitations"
      about="A session is a token with a role and an end. The stack’s own token is not among them."
      actions={<Invite onMade={found.first.refresh} />}
    >
      <PagedTable
        label="Sessions"
        pages={found}
        keyOf={(one) => one.id}
        columns={[
          {
            name: "Name",
            cell: (one) => (
              <>
                {one.name} {one.id === session.id && <span class="dim small">this is you</span>}
              </>
            ),
          },
          { name: "Role", cell: (one) => one.role },
          { name: "State", cell: (one) => <State of={one} /> },
          { name: "Made by", cell: (one) => one.created_by },
          { name: "Made", cell: (one) => <Time at={one.created_at} relative /> },
          { name: "Ends", cell: (one) => <Time at={one.expires_at} relative /> },
          {
            name: "Actions",
            cell: (one) => one.id !== session.id && <Revoke session={one} onDone={found.first.refresh} />,
          },
        ]}
        empty={
          <Empty title="Nobody has a session" icon="key">
            Invite somebody with a link, so that nobody has to share the stack’s own token.
          </Empty>
        }
      />
    </Card>
  );
}

function State({ of: one }: { of: Session }) {
  if (!one.pending) return <Badge tone="good">Active</Badge>;
  return (
    <span class="row">
      <Badge tone="warn">Invited</Badge>
      {one.code_until && (
        <span class="dim small">
          link ends <Time at={one.code_until} relative />
        </span>
      )}
    </span>
  );
}

function Revoke({ session, onDone }: { session: Session; onDone: () => Promise<void> }) {
  const revoke = useAction(() =>
    answered(api.DELETE("/sessions/{id}", { params: { path: { id: session.id } } })).then(() => true),
  );
  return (
    <Sure
      button={session.pending ? "Take back" : "Revoke"}
      kind="danger"
      title={
        session.pending
          ? `Take back the invitation of ${session.name}?`
          : `Revoke the session of ${session.name}?`
      }
      yes={session.pending ? "Take back" : "Revoke"}
      busy={revoke.busy}
      error={revoke.error && <Problem error={revoke.error} />}
      onSure={async () => {
        if (!(await revoke.run())) return false;
        toast(`${session.name} is out`);
        await onDone();
        return true;
      }}
    >
      <p>{session.pending ? "The link stops working at once." : "Whoever uses it is out within a minute."}</p>
    </Sure>
  );
}

function Invite({ onMade }: { onMade: () => Promise<void> }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" icon="plus" onClick={() => setOpen(true)}>
        Invite
      </Button>
      {isOpen && <Invitation onMade={onMade} onClose={() => setOpen(false)} />}
    </>
  );
}

function Invitation({ onMade, onClose }: { onMade: () => Promise<void>; onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [hours, setHours] = useState<(typeof LASTING)[number]["value"]>("168");
  const make = useAction(async () => {
    const body = {
      name,
      role,
      hours: Number(hours),
      code: true,
      code_hours: Math.min(LINK_HOURS, Number(hours)),
    };
    const made = await answered(api.POST("/sessions", { body }));
    void onMade();
    return made;
  });
  const [made, setMade] = useState<Schemas["BegunSession"]>();
  if (made)
    return (
      <Dialog
        title={`The link for ${made.name}`}
        onClose={onClose}
        actions={<Button onClick={onClose}>Done</Button>}
      >
        <p>
          Send it by a way that you trust: whoever opens it first is in as {made.role}. It works once
          {made.code_until && (
            <>
              , until <Time at={made.code_until} />
            </>
          )}
          , and is shown here alone.
        </p>
        <Copy label="Invitation" text={`${API_URL}/console#code=${made.code}`} />
      </Dialog>
    );
  return (
    <Dialog
      title="Invite somebody"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={make.busy} type="submit" form="invitation">
            Make the link
          </Button>
        </>
      }
    >
      <form
        id="invitation"
        class="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          const done = await make.run();
          if (done) setMade(done);
        }}
      >
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          error={make.error?.of("name")}
          help="Who it is for; the log of who did what has it."
          {...LIMITS.name}
          required
          autocomplete="off"
        />
        <SelectField label="Role" value={role} options={ROLES} onChange={setRole} />
        <SelectField label="The session lasts" value={hours} options={LASTING} onChange={setHours} />
        {make.error && !make.error.of("name") && <Problem error={make.error} />}
      </form>
    </Dialog>
  );
}
