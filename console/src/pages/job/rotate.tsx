/** New URLs instead of those that somebody may know. */

import type { ComponentChildren } from "preact";
import { useAction } from "../../api/live";
import { Problem, Sure, toast } from "../../components";
import { May } from "../../session/session";

export function Rotate<T>({
  title,
  act,
  put,
  said,
  children,
}: {
  title: string;
  act: () => Promise<T>;
  put: (changed: T) => void;
  /** What is said when it was done. */
  said: string;
  /** What follows, line by line. */
  children: ComponentChildren;
}) {
  const rotate = useAction(async () => {
    put(await act());
    toast(said);
    return true;
  });
  return (
    <May role="admin">
      <Sure
        button="Rotate"
        icon="retry"
        title={title}
        yes="Rotate"
        busy={rotate.busy}
        error={rotate.error && <Problem error={rotate.error} />}
        onSure={async () => Boolean(await rotate.run())}
      >
        <p>Do this if a URL has become known to somebody who should not have it.</p>
        <ul class="lines">{children}</ul>
      </Sure>
    </May>
  );
}
