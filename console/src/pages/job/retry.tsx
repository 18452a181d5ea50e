/** Sending everybody once more who failed. */

import { answered, api } from "../../api/client";
import { useAction } from "../../api/live";
import { Problem, Sure, toast } from "../../components";
import { count } from "../../words/jobs";
import type { Named } from "./frame";

export function Retry({ of: job, onDone }: { of: Named; onDone: () => Promise<void> }) {
  const retry = useAction(() =>
    answered(api.POST("/exports/{id}/retry-failures", { params: { path: { id: job.id } } })),
  );
  return (
    <Sure
      button="Try again"
      icon="retry"
      title="Send everybody again who failed?"
      yes="Try again"
      busy={retry.busy}
      error={retry.error && <Problem error={retry.error} />}
      onSure={async () => {
        const done = await retry.run();
        if (!done) return false;
        toast(
          done.people === 0
            ? "Nobody is sent again."
            : `${count(done.people, "person", "people")} sent again.`,
        );
        await onDone();
        return true;
      }}
    >
      <p>
        Mend first what the remedies say. Then each person is sent with the values of now; who fails again is
        listed again.
      </p>
    </Sure>
  );
}
