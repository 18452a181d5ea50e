/** Settings as somebody changes them: what differs is sent, what another changes meanwhile shows through. */

import type { ComponentChildren } from "preact";
import { useBegun } from "../../api/begun";
import { useAction } from "../../api/live";
import { Banner, BegunBefore, Button, Problem, toast } from "../../components";
import type { Form } from "../../forms/form";
import { May, useMay } from "../../session/session";
import { count, pathOf } from "../../words/jobs";
import type { Named } from "./frame";

/** The form, on what is stored. It is kept until it is saved, also while somebody is on another page. */
export function Settings<T extends object>({
  of: job,
  stored,
  save,
  follows,
  children,
}: {
  of: Named;
  stored: T;
  save: (changes: Partial<T>) => Promise<void>;
  /** What follows from a change. */
  follows: string;
  children: (form: Form<T>) => ComponentChildren;
}) {
  const { choices, set, isBack } = useBegun<Partial<T>>(`${pathOf(job.kind, job.id)}/settings`, () => ({}));
  const changes = differing(choices, stored);
  const many = Object.keys(changes).length;
  const clear = () => set(() => ({}));
  const mayChange = useMay("operator");
  const saving = useAction(async () => {
    await save(changes);
    clear();
    toast("The settings are saved.");
  });
  const { error } = saving;
  const isBeside =
    error && error.details.length > 0 && error.details.every((one) => isOf(one.field, Object.keys(stored)));
  const form: Form<T> = {
    draft: { ...stored, ...choices },
    edit: (change) => set((before) => differing({ ...before, ...change }, stored)),
    error: (field) => error?.of(field),
  };
  return (
    <form
      class="card form"
      aria-label="Settings"
      onSubmit={(event) => {
        event.preventDefault();
        void saving.run();
      }}
    >
      {!mayChange && <Banner tone="note" title="An operator or an admin can change this" />}
      {isBack && many > 0 && <BegunBefore onFresh={clear} />}
      {children(form)}
      <May role="operator">
        {error && !isBeside && <Problem error={error} />}
        {isBeside && (
          <p class="bad" role="alert">
            Nothing was saved: see the fields above that are marked.
          </p>
        )}
        <div class="row">
          <Button type="submit" kind="primary" busy={saving.busy} disabled={many === 0}>
            Save changes
          </Button>
          {many > 0 && (
            <Button
              kind="quiet"
              onClick={() => {
                clear();
                saving.clear();
              }}
            >
              Discard
            </Button>
          )}
          <span class="small dim">
            {many === 0 ? "Nothing is changed." : `${count(many, "setting")} changed.`} {follows}
          </span>
        </div>
      </May>
    </form>
  );
}

/** Settings that belong together, under their name. */
export function Section({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <fieldset>
      <legend>{name}</legend>
      <div class="section">{children}</div>
    </fieldset>
  );
}

function differing<T extends object>(choices: Partial<T>, stored: T): Partial<T> {
  const differ = Object.entries(choices).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(stored[name as keyof T]),
  );
  return Object.fromEntries(differ) as Partial<T>;
}

function isOf(field: string, fields: readonly string[]): boolean {
  return fields.some((one) => field === one || field.startsWith(`${one}.`));
}
