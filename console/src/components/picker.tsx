/** Choosing from many, one or several, by typing a part of a name. */

import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { described, Hints } from "./field";
import { Icon } from "./icon";

export interface Option {
  value: string;
  name: string;
  /** What stands beside it, such as a size. */
  hint?: string | undefined;
  /** A reason why it cannot be chosen. */
  barred?: string | undefined;
}

interface Common {
  label: string;
  help?: preact.ComponentChildren;
  error?: string | undefined;
  /** Undefined while they are read. */
  options: readonly Option[] | undefined;
  placeholder?: string;
  /** What is said where there is nothing to choose. */
  none?: string;
  /** The option that a typed text is, if it may be one that is not listed. */
  create?: (text: string) => Option | null;
  disabled?: boolean;
  /** Of one of many: whether it may be none. */
  clearable?: boolean;
}

interface Several {
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** How many can be chosen. */
  maxItems?: number;
}

/** One of many. */
export function Picker({
  value,
  onChange,
  ...common
}: Common & { value: string; onChange: (value: string) => void }) {
  return (
    <Combo
      {...common}
      chosen={value ? [value] : []}
      several={false}
      onChoose={(one) => onChange(one)}
      onDrop={() => onChange("")}
    />
  );
}

/** Several of many; with `create`, also what was typed and it accepts. */
export function ManyPicker({ value, onChange, ...common }: Common & Several) {
  return (
    <Combo
      {...common}
      chosen={value}
      several
      onChoose={(one) =>
        onChange(value.includes(one) ? value.filter((each) => each !== one) : [...value, one])
      }
      onDrop={(one) => onChange(value.filter((each) => each !== one))}
    />
  );
}

interface ComboProps extends Common {
  chosen: readonly string[];
  several: boolean;
  maxItems?: number;
  onChoose: (value: string) => void;
  onDrop: (value: string) => void;
}

const MOST_SHOWN = 200;
/** An id says nothing to people: its name is waited for. */
const ID = /^[0-9a-f]{16,}$/;

function Combo({
  label,
  help,
  error,
  options,
  placeholder,
  none,
  create,
  disabled,
  clearable,
  chosen,
  several,
  maxItems = Number.POSITIVE_INFINITY,
  onChoose,
  onDrop,
}: ComboProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const control = useRef<HTMLDivElement>(null);
  // Null shows what is chosen. Whoever types then, begins a new search: nothing is added to the name that is shown.
  const [text, setText] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const found = useMemo(() => matching(options ?? [], text ?? "", create), [options, text, create]);
  const shown = found.slice(0, MOST_SHOWN);
  const nameOf = (value: string) =>
    options?.find((one) => one.value === value)?.name ?? (options || !ID.test(value) ? value : "Reading…");
  const single = several ? undefined : chosen[0];
  const written = text ?? (single === undefined ? "" : nameOf(single));

  useEffect(() => {
    if (isOpen) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [isOpen, at, id]);

  const many = chosen.length;
  useEffect(() => {
    if (isOpen && many > 0) control.current?.scrollTo(0, control.current.scrollHeight); // to what is typed
  }, [isOpen, many]);

  /** Why an option cannot be chosen. */
  function barred(option: Option): string | undefined {
    const isFull = many >= maxItems && !chosen.includes(option.value);
    return option.barred ?? (isFull ? `no more than ${maxItems.toLocaleString()}` : undefined);
  }

  function drop(value: string): void {
    onDrop(value);
    input.current?.focus();
  }

  function close(): void {
    setOpen(false);
    setText(null);
  }

  function open(): void {
    if (isOpen || disabled) return;
    setOpen(true);
    setAt(
      Math.max(
        0,
        (options ?? []).findIndex((one) => one.value === single),
      ),
    );
  }

  function choose(option: Option | undefined): void {
    if (!option || barred(option)) return;
    onChoose(option.value);
    if (several) setText("");
    else close();
  }

  function onKey(event: KeyboardEvent): void {
    const last = shown.length - 1;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (!isOpen) open();
        else setAt(event.key === "ArrowDown" ? Math.min(at + 1, last) : Math.max(at - 1, 0));
        break;
      case "Home":
      case "End":
        if (!isOpen) return;
        event.preventDefault();
        setAt(event.key === "Home" ? 0 : last);
        break;
      case "Enter":
        if (!isOpen) return;
        event.preventDefault();
        choose(shown[at]);
        break;
      case "Escape":
        if (!isOpen) return;
        event.stopPropagation();
        event.preventDefault();
        close();
        break;
      case "Backspace": {
        const newest = chosen.at(-1);
        if (several && !text && newest !== undefined) onDrop(newest);
        break;
      }
    }
  }

  return (
    <div class="field" data-bad={Boolean(error)}>
      <label class="field-label" for={id}>
        {label}
      </label>
      <div
        class="combo"
        ref={box}
        onFocusOut={(event) => {
          if (!box.current?.contains(event.relatedTarget as Node | null)) close();
        }}
      >
        {/* biome-ignore lint/a11y: the input inside is what keyboards use; a click beside it goes there */}
        <div
          class="combo-control"
          ref={control}
          data-several={several}
          data-disabled={disabled}
          onMouseDown={(event) => {
            if ((event.target as Element).closest("button")) return;
            if (event.target !== input.current) {
              event.preventDefault();
              input.current?.focus();
            }
            open();
          }}
        >
          {several &&
            chosen.map((value) => (
              <span class="chip" key={value}>
                {nameOf(value)}
                <button
                  type="button"
                  aria-label={`Remove ${nameOf(value)}`}
                  onClick={() => drop(value)}
                  disabled={disabled}
                >
                  <Icon name="close" />
                </button>
              </span>
            ))}
          <input
            ref={input}
            id={id}
            role="combobox"
            autocomplete="off"
            spellcheck={false}
            aria-expanded={isOpen}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={isOpen && shown[at] ? `${id}-${at}` : undefined}
            aria-invalid={error ? true : undefined}
            aria-describedby={described(id, help, error)}
            placeholder={several && chosen.length ? "" : (placeholder ?? "Search…")}
            value={written}
            disabled={disabled}
            onInput={(event) => {
              setText((text === null && (event as InputEvent).data) || event.currentTarget.value);
              setOpen(true);
              setAt(0);
            }}
            onKeyDown={onKey}
          />
          {clearable && single !== undefined && (
            <button
              type="button"
              class="combo-clear"
              aria-label={`Clear ${label}`}
              onClick={() => {
                drop(single);
                close();
              }}
            >
              <Icon name="close" />
            </button>
          )}
          <Icon name="down" />
        </div>
        {/* The list is there while closed, so that what controls it names something. */}
        <div
          class="combo-list"
          id={`${id}-list`}
          role="listbox"
          aria-label="Choices"
          aria-multiselectable={several}
          hidden={!isOpen}
          tabIndex={-1}
        >
          {shown.map((one, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys, as a combobox does
            <div
              key={one.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={chosen.includes(one.value)}
              aria-disabled={barred(one) ? true : undefined}
              data-here={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setAt(index)}
              onClick={() => choose(one)}
            >
              <span class="option-mark">{chosen.includes(one.value) && <Icon name="check" />}</span>
              <span class="option-name">{one.name}</span>
              <span class="option-hint">{barred(one) ?? one.hint}</span>
            </div>
          ))}
          {shown.length === 0 && (
            <div class="option-none" role="option" aria-selected={false} aria-disabled="true">
              {options === undefined
                ? "Reading…"
                : text
                  ? `Nothing has “${text}” in its name.`
                  : (none ?? "There is nothing to choose.")}
            </div>
          )}
          {found.length > shown.length && (
            <div class="option-none" role="option" aria-selected={false} aria-disabled="true">
              {found.length - shown.length} more: type a part of the name.
            </div>
          )}
        </div>
      </div>
      <Hints of={id} help={help} error={error} />
    </div>
  );
}

function matching(options: readonly Option[], text: string, create: Common["create"]): readonly Option[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return options;
  const found = options.filter(
    (one) => one.name.toLowerCase().includes(wanted) || one.value.toLowerCase() === wanted,
  );
  const made = create?.(text.trim());
  return made && !found.some((one) => one.value === made.value) ? [...found, made] : found;
}
