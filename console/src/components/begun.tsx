/** What a form says that was begun before, with the way to an empty one. */

import { Button } from "./button";
import { Banner } from "./states";

export function BegunBefore({ onFresh }: { onFresh: () => void }) {
  return (
    <Banner
      tone="note"
      title="You started this earlier"
      action={
        <Button small onClick={onFresh}>
          Start over
        </Button>
      }
    >
      <p>Your choices are here again.</p>
    </Banner>
  );
}
