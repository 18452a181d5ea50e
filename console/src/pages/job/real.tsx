/** Making a preview real: from then on the list is written to. */

import { answered, api } from "../../api/client";
import { useAction } from "../../api/live";
import { Problem, Sure, toast } from "../../components";
import { type Export, named } from "../../words/jobs";

export function Real({ job, put }: { job: Export; put: (job: Export) => void }) {
  const start = useAction(() =>
    answered(api.PATCH("/exports/{id}", { params: { path: { id: job.id } }, body: { dry_run: false } })),
  );
  return (
    <Sure
      button="Start export"
      icon="play"
      kind="primary"
      title={`Write to ${named(job.list)}?`}
      yes="Start export"
      busy={start.busy}
      error={start.error && <Problem error={start.error} />}
      onSure={async () => {
        const changed = await start.run();
        if (!changed) return false;
        put(changed);
        toast("The export is real now.");
        return true;
      }}
    >
      <p>
        The list is made ready: a custom field Lytics Audiences, and a segment for each audience. Then people
        are sent as the preview says.
      </p>
      <p class="dim">
        Note: duplicate users across lists in Campaign Monitor results in a bill per user per list.
      </p>
    </Sure>
  );
}
