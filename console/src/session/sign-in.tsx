/** The way in: a page while nobody is in, a dialog above the page when a session has ended. */

import { useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import { Banner, Button, CodeText, Dialog, TextField } from "../components";
import { sentence } from "../words/problems";

interface Props {
  busy: boolean;
  refusal: ApiError | undefined;
  ended: boolean;
  onToken: (token: string) => void;
}

export function SignIn({ busy, refusal, ended, onToken }: Props) {
  const form = <Form busy={busy} refusal={refusal} onToken={onToken} />;
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

function Form({ busy, refusal, onToken }: Omit<Props, "ended">) {
  const [token, setToken] = useState("");
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim()) onToken(token);
      }}
    >
      {refusal && <Banner tone="bad" title={sentence(refusal.message)} />}
      <TextField
        label="Token"
        type="password"
        autocomplete="off"
        value={token}
        onInput={setToken}
        help="The admin token, or the token of a session that somebody gave you."
      />
      <Button kind="primary" type="submit" busy={busy} wide>
        Sign in
      </Button>
      <p class="dim small">
        Without a token: open the link that an admin sends you, or run <CodeText>lytics-cm console</CodeText>.
      </p>
    </form>
  );
}
