/** Text in a language, with each mistake in the line below it, under the place where it is. */

import { useId } from "preact/hooks";

export interface Mistake {
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  message: string;
}

/** A text that is read, or edited if `onInput` is given. */
export function Code({
  label,
  text,
  mistakes = [],
  onInput,
}: {
  label: string;
  text: string;
  mistakes?: readonly Mistake[];
  onInput?: (text: string) => void;
}) {
  const id = useId();
  const lines = text.split("\n");
  return (
    <div class="code" data-bad={mistakes.length > 0}>
      {onInput ? (
        <textarea
          aria-label={label}
          aria-invalid={mistakes.length > 0 || undefined}
          aria-describedby={mistakes.length ? `${id}-mistakes` : undefined}
          spellcheck={false}
          wrap="off"
          rows={Math.min(30, Math.max(6, lines.length + 1))}
          value={text}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      ) : (
        <pre role="region" tabIndex={0} aria-label={label}>
          {text}
        </pre>
      )}
      {mistakes.length > 0 && (
        <div role="alert">
          <ul class="mistakes" id={`${id}-mistakes`}>
            {mistakes.map((one) => (
              <li key={`${one.line}:${one.column}:${one.message}`}>
                <pre>{`${one.line} │ ${lines[one.line - 1] ?? ""}\n${" ".repeat(String(one.line).length)} │ ${" ".repeat(Math.max(0, one.column - 1))}^`}</pre>
                <p>{one.message}</p>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
