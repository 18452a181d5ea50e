/** Fields of forms: a label, what it means, what is wrong with it. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon";

interface Told {
  label: string;
  help?: ComponentChildren;
  /** What the API, or the page, says is wrong. */
  error?: string | undefined;
}

export function Field({
  label,
  help,
  error,
  for: target,
  children,
}: Told & { for?: string; children: ComponentChildren }) {
  return (
    <div class="field" data-bad={Boolean(error)}>
      <label class="field-label" for={target}>
        {label}
      </label>
      {children}
      <Hints of={target} help={help} error={error} />
    </div>
  );
}

export function Hints({
  of,
  help,
  error,
}: {
  of: string | undefined;
  help: ComponentChildren;
  error: string | undefined;
}) {
  return (
    <>
      {error && (
        <p class="field-error" id={`${of}-error`}>
          <Icon name="alert" />
          {error}
        </p>
      )}
      {help && (
        <p class="field-help" id={`${of}-help`}>
          {help}
        </p>
      )}
    </>
  );
}

/** The ids of the hints of a field, for `aria-describedby`. */
export function described(id: string, help: unknown, error: unknown): string | undefined {
  return [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ") || undefined;
}

interface Native {
  type?: "text" | "password" | "date" | "email";
  placeholder?: string;
  autocomplete?: string;
  inputMode?: "numeric" | "email";
  required?: boolean;
  disabled?: boolean;
  maxLength?: number;
  min?: number | string;
  max?: number | string;
}

export function TextField({
  label,
  help,
  error,
  value,
  onInput,
  suffix,
  ...native
}: Told & Native & { value: string; onInput: (value: string) => void; suffix?: string }) {
  const id = useId();
  const input = (
    <input
      {...(native as object)}
      id={id}
      value={value}
      aria-invalid={error ? true : undefined}
      aria-describedby={described(id, help, error)}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
  return (
    <Field label={label} help={help} error={error} for={id}>
      {suffix ? (
        <div class="suffixed">
          {input}
          <span class="dim">{suffix}</span>
        </div>
      ) : (
        input
      )}
    </Field>
  );
}

/** One of a few: the browser's own list. Of many, use `Picker`. */
export function SelectField<V extends string>({
  label,
  help,
  error,
  value,
  options,
  onChange,
}: Told & { value: V; options: readonly { value: V; name: string }[]; onChange: (value: V) => void }) {
  const id = useId();
  return (
    <Field label={label} help={help} error={error} for={id}>
      <div class="select">
        <select
          id={id}
          value={value}
          aria-invalid={error ? true : undefined}
          aria-describedby={described(id, help, error)}
          onChange={(event) => onChange(event.currentTarget.value as V)}
        >
          {options.map((one) => (
            <option key={one.value} value={one.value}>
              {one.name}
            </option>
          ))}
        </select>
        <Icon name="down" />
      </div>
    </Field>
  );
}

export function CheckField({
  label,
  help,
  error,
  checked,
  onChange,
}: Told & { checked: boolean; onChange: (checked: boolean) => void }) {
  const id = useId();
  return (
    <div class="field check">
      <input
        type="checkbox"
        id={id}
        checked={checked}
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, help, error)}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label class="field-label" for={id}>
          {label}
        </label>
        <Hints of={id} help={help} error={error} />
      </div>
    </div>
  );
}

/** What most people leave as it is. */
export function Advanced({
  title = "Show Advanced Options",
  children,
  open,
}: {
  title?: string;
  children: ComponentChildren;
  open?: boolean;
}) {
  return (
    <details class="advanced" open={open}>
      <summary>
        <Icon name="right" />
        {title}
      </summary>
      <div class="advanced-body">{children}</div>
    </details>
  );
}
