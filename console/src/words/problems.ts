/** What needs a person, as people say it: the API tells routes to programs, and this tells buttons to people. */

import type { Schemas } from "../api/client";

export type Problem = Schemas["Problem"];

const REMEDIES: Record<string, string> = {
  authorization_revoked: "Reconnect it. Its jobs go on by themselves.",
  job_failed: "See its failures and mend what they say. Then start it again.",
  job_impaired: "Put the field back on the list, or map another one in its settings.",
  job_silent: "See its last runs. If they are fine, run it now.",
  export_silent: "See that its URL is in the job at Lytics, and that the job runs.",
  dead_letters: "Mend the reason first: the log has it. Then put them back.",
  schedule_missing: "Create its schedule again.",
  schedule_off: "Create its schedule again.",
  webhook_dead: "Run the import: it repairs its webhooks, and reads what was missed.",
  webhook_unconfirmed: "Run the import: it looks at its webhooks, and repairs them.",
};

/** What to do about it; of a kind that is new here, what the API says. */
export function remedyOf(problem: Problem): string {
  return REMEDIES[problem.kind] ?? problem.remedy;
}

const RECONNECT = /; connect it again: POST \/authorizations\/([^/\s]+)\/reconnect$/;

/** The account of which a message says that it must be reconnected; undefined of another message. */
export function toReconnect(message: string): string | undefined {
  return RECONNECT.exec(message)?.[1];
}

/** The text with a capital letter and a full stop, and without the route that it names to a program. */
export function sentence(text: string): string {
  const said = text.replace(/; GET \/\S* lists them$/, "").replace(RECONNECT, "");
  const whole = said.charAt(0).toUpperCase() + said.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
