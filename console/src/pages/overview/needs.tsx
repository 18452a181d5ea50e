/** What needs a person now, each with the button that solves it. Nothing is shown while all is well. */

import { answered, api, type Schemas } from "../../api/client";
import { useAction, useLive } from "../../api/live";
import { Banner, Button, ButtonLink, Problem as Failure, Time, toast } from "../../components";
import { usePlace } from "../../router";
import { May } from "../../session/session";
import { waitingFor } from "../../words/history";
import { type Export, exportName, type Import, importName, pathOf } from "../../words/jobs";
import { type Problem, remedyOf, sentence } from "../../words/problems";
import { clockOf } from "../../words/times";

const MINUTE_MS = 60_000;
const STANDING = new Set(["authorization_revoked", "job_failed"]);
/** Kinds that a page of the system tells more of. */
const OF_SYSTEM: Record<string, { name: string; to: string }> = {
  dead_letters: { name: "Look at them", to: "/system/queues" },
  alarm: { name: "Look at the system", to: "/system" },
  quota: { name: "Look at the system", to: "/system" },
  unreadable: { name: "Look at the system", to: "/system" },
};

export function Needs({
  imports,
  exports,
  onSolved,
}: {
  imports: readonly Import[];
  exports: readonly Export[];
  onSolved: () => Promise<unknown>;
}) {
  const system = useLive("/system", (signal) => api.GET("/system", { signal }), { idleMs: MINUTE_MS });
  const solved = () => Promise.all([system.refresh(), onSolved()]);
  return (
    <>
      {system.data?.problems.map((problem) => (
        <Need key={`${problem.kind} ${problem.what}`} problem={problem} onSolved={solved} />
      ))}
      {imports.map((job) => (
        <Waiting key={job.id} name={importName(job)} waiting={job.run?.waiting} />
      ))}
      {exports.map((job) => (
        <Waiting key={job.id} name={exportName(job)} waiting={job.waiting} />
      ))}
    </>
  );
}

function Waiting({ name, waiting }: { name: string; waiting: Schemas["Waiting"] | null | undefined }) {
  if (!waiting) return null;
  return (
    <Banner tone="warn" title={`${name} waits for Campaign Monitor since ${clockOf(waiting.since)}`}>
      <p>
        {waitingFor(waiting.reason)} It goes on by itself: the next try is{" "}
        <Time at={waiting.next_try_at} relative />.
      </p>
    </Banner>
  );
}

/** One problem, and the button that solves it. */
export function Need({ problem, onSolved }: { problem: Problem; onSolved: () => Promise<unknown> }) {
  const { path } = usePlace();
  const act = solutionOf(problem);
  const more = OF_SYSTEM[problem.kind];
  const solve = useAction(async () => {
    if (!act) return;
    await act.run();
    toast(act.done);
    await onSolved();
  });
  return (
    <Banner
      tone={STANDING.has(problem.kind) ? "bad" : "warn"}
      title={sentence(problem.what)}
      action={
        <>
          {problem.job && (
            <ButtonLink small kind="quiet" to={pathOf(problem.job.kind, problem.job.id)}>
              Open
            </ButtonLink>
          )}
          {more && more.to !== path && (
            <ButtonLink small to={more.to}>
              {more.name}
            </ButtonLink>
          )}
          {act && (
            <May role={act.role}>
              <Button small busy={solve.busy} onClick={() => solve.run()}>
                {act.name}
              </Button>
            </May>
          )}
        </>
      }
    >
      <p>{remedyOf(problem)}</p>
      {solve.error && <Failure error={solve.error} />}
    </Banner>
  );
}

interface Solution {
  name: string;
  role: "operator" | "admin";
  /** What is said when it was done. */
  done: string;
  run: () => Promise<unknown>;
}

/** The button of a problem: what the API names as the request that solves it. */
function solutionOf(problem: Problem): Solution | null {
  const found = /^(POST|PATCH) \/(imports|exports|authorizations)\/([^/]+)(?:\/([a-z-]+))?$/.exec(
    problem.route ?? "",
  );
  const [, method, kind, id = "", step] = found ?? [];
  const of = { params: { path: { id } } };
  switch (`${method} ${kind} ${step}`) {
    case "POST authorizations reconnect":
      return {
        name: "Reconnect",
        role: "admin",
        done: "Going to Campaign Monitor…",
        run: async () => {
          const { authorize_url } = await answered(api.POST("/authorizations/{id}/reconnect", of));
          location.assign(authorize_url);
        },
      };
    case "POST imports start":
      return start(() => answered(api.POST("/imports/{id}/start", of)));
    case "POST exports start":
      return start(() => answered(api.POST("/exports/{id}/start", of)));
    case "POST imports run":
      return {
        name: "Run now",
        role: "operator",
        done: "The run has begun.",
        run: () => answered(api.POST("/imports/{id}/run", of)),
      };
    case "PATCH imports undefined":
      return {
        name: "Make the schedule",
        role: "operator",
        done: "The schedule is there.",
        run: async () => {
          const { every_minutes } = await answered(api.GET("/imports/{id}", of));
          return answered(api.PATCH("/imports/{id}", { ...of, body: { every_minutes } }));
        },
      };
    default:
      return null;
  }
}

function start(run: () => Promise<unknown>): Solution {
  return { name: "Start again", role: "operator", done: "It goes on.", run };
}
