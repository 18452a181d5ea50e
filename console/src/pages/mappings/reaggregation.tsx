/** How far everybody is aggregated anew, after a mapping or a policy has changed. */

import { answered, api } from "../../api/client";
import { useAction, useLive } from "../../api/live";
import { Banner, Button, Card, Num, Problem, Progress, Time } from "../../components";
import { May } from "../../session/session";

export function Reaggregation() {
  const asked = useLive("/streams/reproject", (signal) => api.GET("/streams/reproject", { signal }), {
    busy: (state) => state.status === "running",
  });
  const start = useAction(() => answered(api.POST("/streams/reproject")));
  const again = async () => {
    const begun = await start.run();
    if (begun) {
      asked.put(begun);
      await asked.refresh();
    }
  };
  const state = asked.data;
  if (!state) return asked.error ? <Problem error={asked.error} onRetry={asked.refresh} /> : null;
  const { done, total } = state.addresses;
  if (state.status === "running")
    return (
      <Card>
        <Progress
          label="Rebuilding all profiles"
          value={total > 0 ? Math.min(done, total) : null}
          max={total}
          says={`${done.toLocaleString()} of about ${total.toLocaleString()} people`}
        />
        <p class="dim small">
          Profiles that you see here follow the mapping already. Those that other programs read follow person
          by person.
        </p>
      </Card>
    );
  if (state.status === "stalled")
    return (
      <Banner
        tone="warn"
        title="Rebuilding all profiles has stopped"
        action={
          <May role="operator">
            <Button small busy={start.busy} onClick={again}>
              Start it again
            </Button>
          </May>
        }
      >
        <p>{state.message}</p>
        {start.error && <Problem error={start.error} />}
      </Banner>
    );
  return (
    <div class="row">
      <span class="dim">
        {state.status === "completed" ? (
          <>
            All profiles were rebuilt <Time at={state.finished_at} relative />: <Num of={done} /> people.
          </>
        ) : (
          "Profiles follow a change of the mapping by themselves."
        )}
      </span>
      <May role="operator">
        <Button small icon="retry" busy={start.busy} onClick={again}>
          Rebuild all profiles
        </Button>
      </May>
      {start.error && <Problem error={start.error} />}
    </div>
  );
}
