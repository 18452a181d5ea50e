/** What a form says that was begun before, with the way to an empty one. */

import { Button } from "./button";
import { Banner } from "./states";

export function BegunBefore({ onFresh }: { onFresh: () => void }) {
  return (
    <Banner
      tone="note"
      title="You had begun this before"
      action={
        <Button small onClick={onFresh}>
          Begin anew
        </Button>
      }
    >
      <p>What you had chosen is here again.</p>
    </Banner>
  );
}
