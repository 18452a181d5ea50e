/** Erasing a person for good: asked for by typing the address, answered with a receipt. */

import { useState } from "preact/hooks";
import { answered, api, type Schemas } from "../../api/client";
import { useAction } from "../../api/live";
import {
  Button,
  Card,
  CheckField,
  Dialog,
  Facts,
  Num,
  PageHead,
  Problem,
  Table,
  TextField,
  Time,
} from "../../components";
import { saveAs } from "./report";

export type Receipt = Schemas["Receipt"];

export function Erase({ email, onErased }: { email: string; onErased: (receipt: Receipt) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [block, setBlock] = useState(false);
  const erase = useAction(() =>
    answered(api.DELETE("/profiles/{email}", { params: { path: { email } }, body: { block } })),
  );
  const isMeant = typed.trim().toLowerCase() === email.toLowerCase();
  const close = () => {
    setOpen(false);
    setTyped("");
    erase.clear();
  };
  return (
    <>
      <Button kind="danger" icon="bin" onClick={() => setOpen(true)}>
        Erase…
      </Button>
      {isOpen && (
        <Dialog
          title="Erase this person"
          onClose={close}
          actions={
            <>
              <Button onClick={close}>Cancel</Button>
              <Button
                kind="danger"
                disabled={!isMeant}
                busy={erase.busy}
                onClick={async () => {
                  const receipt = await erase.run();
                  if (receipt) onErased(receipt);
                }}
              >
                Erase for good
              </Button>
            </>
          }
        >
          <p>
            Profile, rows, what exports keep, and failures are removed for good. Lists at Campaign Monitor
            keep what they have: delete the person there as well.
          </p>
          <TextField
            label="Type the address to erase"
            value={typed}
            onInput={setTyped}
            placeholder={email}
            autocomplete="off"
          />
          <CheckField
            label="Never let this person come back"
            help="What is received later is dropped as well, until an admin lifts it."
            checked={block}
            onChange={setBlock}
          />
          {erase.error && <Problem error={erase.error} />}
        </Dialog>
      )}
    </>
  );
}

const REMOVED: readonly (readonly [keyof Receipt["removed"], string])[] = [
  ["profiles", "Profiles"],
  ["rows", "Rows"],
  ["memberships", "Memberships of exports"],
  ["ledger", "Entries of ledgers"],
  ["failures", "Failures"],
];

/** Until when something remains; a dash if no time is known, since its name then says what ends it. */
function until(one: Receipt["remains"][number]) {
  if (one.for_good) return "for good";
  return one.until ? <Time at={one.until} /> : <span class="dim">–</span>;
}

export function Erased({ email, receipt }: { email: string; receipt: Receipt }) {
  return (
    <>
      <PageHead
        title="Erased"
        crumbs={[{ name: "People", to: "/people" }]}
        about={`${email} was erased${receipt.blocked ? " and never comes back" : ""}. This is the receipt.`}
        actions={
          <Button icon="copy" onClick={() => saveAs(`erasure-${email}.json`, { email, ...receipt })}>
            Save the receipt
          </Button>
        }
      />
      <Card title="Removed">
        <Facts
          of={REMOVED.map(([name, title]) => [title, <Num key={name} of={receipt.removed[name]} />] as const)}
        />
      </Card>
      <Card title="What remains, and until when">
        <Table
          label="What remains"
          rows={receipt.remains}
          keyOf={(one) => one.what}
          columns={[
            { name: "What", cell: (one) => one.what },
            { name: "Until", cell: until },
          ]}
        />
      </Card>
    </>
  );
}
