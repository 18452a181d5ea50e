/** Buttons, and links that look like them. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Link } from "../router";
import { Icon, type IconName } from "./icon";

export type Kind = "primary" | "plain" | "quiet" | "danger";

interface Looks {
  kind?: Kind;
  icon?: IconName | undefined;
  /** As wide as the place where it stands. */
  wide?: boolean;
  small?: boolean;
  children?: ComponentChildren;
  /** The name of a button that shows an icon alone. */
  label?: string;
}

type Native = Omit<JSX.IntrinsicElements["button"], "label" | "icon" | "children">;

/** A button. A busy one keeps its size, its name and the focus, and does nothing. */
export function Button({
  busy = false,
  onClick,
  class: more = "",
  type = "button",
  ...rest
}: Looks & Native & { busy?: boolean }) {
  const { kind = "plain", icon, wide, small, children, label, disabled, ...native } = rest;
  return (
    <button
      {...native}
      type={type}
      class={`button ${more}`}
      data-kind={kind}
      data-wide={wide}
      data-small={small}
      data-bare={children === undefined}
      aria-label={label}
      title={label}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      disabled={disabled}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button: `to` is a page of the console. */
export function ButtonLink({
  to,
  kind = "plain",
  icon,
  wide,
  small,
  children,
  label,
}: Looks & { to: string }) {
  return (
    <Link
      to={to}
      class="button"
      data-kind={kind}
      data-wide={wide}
      data-small={small}
      data-bare={children === undefined}
      aria-label={label}
    >
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  );
}

const COPIED_MS = 2_000;

/** A text of one line, and the button that copies it. */
export function Copy({ text, label }: { text: string; label: string }) {
  const [isCopied, set] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => set(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <div class="copy">
      <input readOnly value={text} aria-label={label} onFocus={(event) => event.currentTarget.select()} />
      <Button
        icon={isCopied ? "check" : "copy"}
        onClick={() => navigator.clipboard.writeText(text).then(() => set(true))}
      >
        {isCopied ? "Copied" : "Copy"}
      </Button>
      <span class="unseen" role="status">
        {isCopied ? `${label}: copied` : ""}
      </span>
    </div>
  );
}
