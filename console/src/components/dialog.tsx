/** What must be answered before anything else: the browser's own dialog, which keeps the focus inside. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Button, type Kind } from "./button";
import { focusOn } from "./focus";

/** A dialog, open while it is drawn. `onClose` null: there is no way around it. Then the focus is where it was: what is
 * taken away while it is open does not give it back by itself. */
export function Dialog({
  title,
  onClose,
  children,
  actions,
}: {
  title: string;
  onClose: (() => void) | null;
  children: ComponentChildren;
  actions?: ComponentChildren;
}) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      focusOn(before);
    };
  }, []);
  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !onClose) event.preventDefault();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        {onClose && <Button kind="quiet" icon="close" label="Close" onClick={onClose} />}
      </header>
      <div class="dialog-body stack">{children}</div>
      {actions && <footer>{actions}</footer>}
    </dialog>
  );
}

/** A button that asks first. `onSure` answers whether it was done; `error` says why not. */
export function Sure({
  button,
  icon,
  kind = "plain",
  title,
  yes,
  onSure,
  busy,
  error,
  barred = false,
  children,
}: {
  button: string;
  icon?: import("./icon").IconName;
  kind?: Kind;
  title: string;
  /** What the button says that does it. */
  yes: string;
  onSure: () => Promise<boolean>;
  busy: boolean;
  /** It cannot be done, as the text says. */
  barred?: boolean;
  error?: ComponentChildren;
  children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind={kind} icon={icon} onClick={() => setOpen(true)}>
        {button}
      </Button>
      {isOpen && (
        <Dialog
          title={title}
          onClose={() => setOpen(false)}
          actions={
            <>
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <Button
                kind={kind === "danger" ? "danger" : "primary"}
                busy={busy}
                disabled={barred}
                onClick={async () => (await onSure()) && setOpen(false)}
              >
                {yes}
              </Button>
            </>
          }
        >
          {children}
          {error}
        </Dialog>
      )}
    </>
  );
}
