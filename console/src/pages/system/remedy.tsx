/** The button that solves a problem, where a request does. */

import { answered, api, type Schemas } from "../../api/client";
import { useAction } from "../../api/live";
import { Button, ButtonLink, Problem, toast } from "../../components";
import { useMay } from "../../session/session";

/** What a route of a problem is here. */
function solutionOf(
  route: string,
): { said: string; to?: string; act?: () => Promise<unknown>; role: "operator" | "admin" } | null {
  const [, kind, id, deed] =
    /^POST \/(dead-letters|authorizations|imports|exports)\/([^/]+)\/(\w+)$/.exec(route) ?? [];
  if (!kind || !id) return null;
  const path = { params: { path: { id } } };
  if (kind === "dead-letters") return { said: "Look at them", to: "/system/queues", role: "operator" };
  if (kind === "authorizations") return { said: "Connect again", to: "/authorizations", role: "admin" };
  if (kind === "imports" && deed === "start")
    return { said: "Start it", act: () => answered(api.POST("/imports/{id}/start", path)), role: "operator" };
  if (kind === "imports" && deed === "run")
    return { said: "Run it now", act: () => answered(api.POST("/imports/{id}/run", path)), role: "operator" };
  if (kind === "exports" && deed === "start")
    return { said: "Start it", act: () => answered(api.POST("/exports/{id}/start", path)), role: "operator" };
  return null;
}

export function Remedy({ problem, onDone }: { problem: Schemas["Problem"]; onDone: () => Promise<void> }) {
  const solution = problem.route ? solutionOf(problem.route) : null;
  const may = useMay(solution?.role ?? "admin");
  const act = useAction(async () => {
    await solution?.act?.();
    toast(`${solution?.said}: done`);
    await onDone();
  });
  if (!solution || !may) return null;
  if (solution.to)
    return (
      <ButtonLink small to={solution.to}>
        {solution.said}
      </ButtonLink>
    );
  return (
    <>
      <Button small busy={act.busy} onClick={() => act.run()}>
        {solution.said}
      </Button>
      {act.error && <Problem error={act.error} />}
    </>
  );
}
