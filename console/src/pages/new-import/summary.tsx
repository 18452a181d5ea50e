/** What an import will do, in a sentence, and about what its first run takes. */

import { api, type Schemas } from "../../api/client";
import { useLive } from "../../api/live";
import { useSettled } from "../../api/settled";
import { Skeleton } from "../../components";
import { isPeriod } from "../../forms/import-fields";
import { someOf } from "../../words/jobs";
import { inDay, lasting, period } from "../../words/times";
import type { Choices } from "./choices";

/** More would not fit into an address. */
const MOST_LISTS = 100;

type Lists = readonly Schemas["MailingList"][];

export function Summary({ choices, lists }: { choices: Choices; lists: Lists | undefined }) {
  if (!choices.client)
    return <p class="dim">Choose an account and a client: what the import will do stands here.</p>;
  return (
    <>
      <p>{sentenceOf(choices, lists)}</p>
      <Estimate choices={choices} />
    </>
  );
}

function sentenceOf(choices: Choices, lists: Lists | undefined): string {
  const chosen = lists?.filter((one) => choices.lists.length === 0 || choices.lists.includes(one.id)) ?? [];
  const which = choices.lists.length === 0 ? "all lists" : someOf(chosen.map((one) => one.name));
  const since = choices.rows_since ? `activity since ${inDay(choices.rows_since)}` : "all activity";
  const often =
    choices.keep_updated && isPeriod(choices.every_minutes)
      ? `Then it keeps them updated, and runs ${period(choices.every_minutes)}.`
      : "It runs once.";
  const hooks =
    choices.lists.length === 1
      ? "The list gets a webhook: who subscribes, changes or leaves comes at once."
      : "Each list gets a webhook: who subscribes, changes or leaves comes at once.";
  const consent = {
    respect: "Opens and clicks of people who said No to being tracked are not kept.",
    strict: "Opens and clicks are kept only of people who said Yes to being tracked.",
    ignore: "Opens and clicks of everybody are kept.",
  }[choices.tracking_consent];
  return `Imports ${which} with ${since}. ${often} ${hooks} ${consent}`;
}

function Estimate({ choices }: { choices: Choices }) {
  const asked = useSettled(
    JSON.stringify([choices.account, choices.client, choices.lists.toSorted(), choices.rows_since ?? ""]),
  );
  const [authorization_id, client_id, ids, since] = JSON.parse(asked) as [string, string, string[], string];
  const query = {
    authorization_id,
    client_id,
    ...(ids.length > 0 && { list_ids: ids.join(",") }),
    ...(since && { rows_since: since }),
  };
  const isAsked = Boolean(client_id) && client_id === choices.client && ids.length <= MOST_LISTS;
  const estimate = useLive(
    isAsked ? `/imports/estimate ${asked}` : null,
    (signal) => api.GET("/imports/estimate", { params: { query }, signal }),
    { poll: false },
  );
  if (estimate.error)
    return <p class="dim small">How long it takes cannot be told now: {estimate.error.message}</p>;
  if (ids.length > MOST_LISTS)
    return <p class="dim small">How long it takes is told for up to {MOST_LISTS} lists, or for all.</p>;
  if (!estimate.data) return <Skeleton lines={3} />;
  const { people, campaigns, calls, seconds } = estimate.data;
  return (
    <dl class="facts" aria-label="Estimate">
      <div>
        <dt>People</dt>
        <dd>{people === null ? "not told in time" : people.toLocaleString()}</dd>
      </div>
      <div>
        <dt>Campaigns</dt>
        <dd>{campaigns.toLocaleString()}</dd>
      </div>
      <div>
        <dt>Calls to Campaign Monitor</dt>
        <dd>about {rounded(calls).toLocaleString()}</dd>
      </div>
      <div>
        <dt>Time of the first run</dt>
        <dd>about {lasting(Math.max(rounded(seconds), 10))}</dd>
      </div>
    </dl>
  );
}

/** Two digits are more than an estimate knows. */
function rounded(number: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, number))) - 1);
  return Math.round(number / unit) * unit;
}
