/** Add new authorization: a description here, the login and *Allow access* at Campaign Monitor, and back. */

import { useState } from "preact/hooks";
import { answered, api } from "../../api/client";
import { NewAuthorization as LIMITS } from "../../api/limits";
import { useAction } from "../../api/live";
import { Button, ButtonLink, Card, Empty, PageHead, Problem, TextField } from "../../components";
import { useMay } from "../../session/session";

export default function NewAuthorization() {
  const [description, setDescription] = useState("");
  const [isTold, setTold] = useState(false);
  const authorize = useAction(async () => {
    const made = await answered(api.POST("/authorizations", { body: { description: description.trim() } }));
    location.assign(made.authorize_url);
  });
  const missing = isTold && !description.trim() ? "Enter a name for your authorization." : undefined;
  const crumbs = [{ name: "Authorizations", to: "/authorizations" }];
  if (!useMay("admin"))
    return (
      <>
        <PageHead title="Add new authorization" crumbs={crumbs} />
        <Empty title="Only an admin can connect accounts" icon="key">
          Ask an admin to do it, or to give you a session with that role.
        </Empty>
      </>
    );
  return (
    <>
      <PageHead title="Add new authorization" crumbs={crumbs} />
      <Card>
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            setTold(true);
            if (description.trim()) void authorize.run();
          }}
        >
          <TextField
            label="Description"
            value={description}
            onInput={setDescription}
            {...LIMITS.description}
            placeholder="Main account"
            help="A name for your authorization. You choose by it later which account to use."
            error={missing ?? authorize.error?.of("description")}
          />
          <ol class="steps">
            <li>
              <span>
                <strong>Authorize</strong> takes you to Campaign Monitor, in this window.
              </span>
            </li>
            <li>
              <span>
                Enter your email or username and your password there, and click <strong>Log in</strong>. No
                password comes here.
              </span>
            </li>
            <li>
              <span>
                Click <strong>Allow access</strong>. You come back, and the account is connected.
              </span>
            </li>
          </ol>
          {authorize.error && <Problem error={authorize.error} />}
          <div class="actions">
            <Button kind="primary" type="submit" icon="outside" busy={authorize.busy}>
              Authorize
            </Button>
            <ButtonLink to="/authorizations" kind="quiet">
              Cancel
            </ButtonLink>
          </div>
        </form>
      </Card>
    </>
  );
}
