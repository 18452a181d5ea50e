/** Stopping a job for a while, and deleting it for good. */

import { useState } from "preact/hooks";
import { useAction } from "../../api/live";
import { Button, Card, Dialog, Problem, TextField, toast } from "../../components";
import { go } from "../../router";
import { May } from "../../session/session";
import type { Kind } from "../../words/jobs";
import { type Named, Start, Stop } from "./frame";
import { routesOf } from "./routes";

const STOP: Record<Kind, string> = {
  import: "No runs and no webhooks until it is started. It keeps what it knows, and goes on where it was.",
  export: "Nothing is sent until it is started. Changes are kept in mind meanwhile.",
};
const DELETE: Record<Kind, string> = {
  import: "Its runs, failures, schedule and webhooks go. Everything that was imported stays in the profiles.",
  export: "Its URL works no more, and what it knows of people is forgotten. The list keeps what it has.",
};

export function Ending({
  of: job,
  status,
  isDry = false,
  refresh,
}: {
  of: Named;
  status: string;
  isDry?: boolean;
  refresh: () => Promise<void>;
}) {
  const isOff = status === "stopped" || status === "failed";
  return (
    <May role="operator">
      <Card title={`End this ${job.kind}`}>
        <ul class="lines">
          {!(isOff && isDry) && (
            <li class="deed">
              <div>
                <h3>{isOff ? "Start" : "Stop"}</h3>
                <p class="dim">
                  {isOff ? "It goes on, and catches up with what it missed." : STOP[job.kind]}
                </p>
              </div>
              {isOff ? <Start of={job} onDone={refresh} /> : <Stop of={job} onDone={refresh} />}
            </li>
          )}
          <li class="deed">
            <div>
              <h3>Delete</h3>
              <p class="dim">{DELETE[job.kind]}</p>
            </div>
            <Delete of={job} />
          </li>
        </ul>
      </Card>
    </May>
  );
}

function Delete({ of: job }: { of: Named }) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const remove = useAction(async () => {
    await routesOf(job.kind).remove(job.id);
    return true;
  });
  const close = () => {
    setOpen(false);
    setTyped("");
    remove.clear();
  };
  return (
    <>
      <Button kind="danger" icon="bin" onClick={() => setOpen(true)}>
        Delete…
      </Button>
      {isOpen && (
        <Dialog
          title={`Delete this ${job.kind} for good?`}
          onClose={close}
          actions={
            <>
              <Button onClick={close}>Cancel</Button>
              <Button
                kind="danger"
                disabled={typed.trim() !== job.name.trim()}
                busy={remove.busy}
                onClick={async () => {
                  if (!(await remove.run())) return;
                  toast(`“${job.name}” was deleted.`);
                  go("/jobs", { replace: true });
                }}
              >
                Delete for good
              </Button>
            </>
          }
        >
          <p>{DELETE[job.kind]}</p>
          <p class="typed">{job.name}</p>
          <TextField
            label="Type this name to delete it"
            value={typed}
            onInput={setTyped}
            autocomplete="off"
          />
          {remove.error && <Problem error={remove.error} />}
        </Dialog>
      )}
    </>
  );
}
