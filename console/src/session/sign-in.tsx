/** The way in: a page while nobody is in, a dialog above the page when a session has ended. */

import { useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import { Banner, Button, CodeText, Dialog, TextField } from "../components";
import { sentence } from "../words/problems";

interface Props {
  busy: boolean;
  refusal: ApiError | undefined;
  ended: boolean;
  /** A token, or a link that brings one. */
  onGiven: (given: string) => void;
}

export function SignIn({ busy, refusal, ended, onGiven }: Props) {
  const form = <Form busy={busy} refusal={refusal} onGiven={onGiven} />;
  if (ended)
    return (
      <Dialog title="Your session has ended" onClose={null}>
        <p>Sign in again to go on. What you have typed is kept.</p>
        {form}
      </Dialog>
    );
  return (
    <main class="door">
      <section class="door-card" aria-labelledby="door-title">
        <span class="mark" aria-hidden="true" />
        <h1 id="door-title">Lytics-CM</h1>
        <p class="dim">Lytics audiences and Campaign Monitor lists, kept in step.</p>
        {form}
      </section>
    </main>
  );
}

function Form({ busy, refusal, onGiven }: Omit<Props, "ended">) {
  const [given, setGiven] = useState("");
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (given.trim()) onGiven(given);
      }}
    >
      {refusal && <Banner tone="bad" title={sentence(refusal.message)} />}
      <TextField
        label="Token or link"
        type="password"
        autocomplete="off"
        value={given}
        onInput={setGiven}
        help="The token, or the whole link, that an admin gave you."
      />
      <Button kind="primary" type="submit" busy={busy} wide>
        Sign in
      </Button>
      <p class="dim small">
        You have neither: ask an admin for a link, or run <CodeText>lytics-cm console</CodeText>.
      </p>
    </form>
  );
}
