/** What an export will do, in a sentence. */

import type { Schemas } from "../../api/client";
import { count, someOf } from "../../words/jobs";
import { type Choices, mappingsOf } from "./choices";

export function Summary({
  choices,
  lists,
  audiences,
}: {
  choices: Choices;
  lists: readonly Schemas["MailingList"][] | undefined;
  audiences: readonly Schemas["Audience"][] | undefined;
}) {
  const list = lists?.find((one) => one.id === choices.list);
  if (!list || choices.audiences.length === 0)
    return <p class="dim">Choose a list and audiences: what the export will do stands here.</p>;
  const chosen = choices.audiences.map(
    (slug) => audiences?.find((one) => one.slug === slug) ?? { slug, name: slug, size: null },
  );
  const names = someOf(chosen.map((one) => one.name));
  const sizes = chosen.map((one) => one.size).filter((size) => size !== null);
  const people = sizes.reduce((sum, size) => sum + size, 0);
  return (
    <>
      <p>
        Keeps {names} in sync with {list.name}: who enters is added, who exits loses the audience and stays on
        the list.
      </p>
      <p>
        {choices.existing_users
          ? `Users who are in ${chosen.length === 1 ? "it" : "them"} now are added at the start.`
          : "Nobody is added at the start: only who enters from now on."}{" "}
        {choices.resubscribe_users
          ? "Who left the list before entering comes back."
          : "Who has left the list stays away."}
      </p>
      <p>
        The list gets the custom field Lytics Audiences, with each user's audiences, and a segment for each
        audience.
      </p>
      <dl class="facts" aria-label="Sizes">
        {list.subscribers != null && (
          <div>
            <dt>On the list now</dt>
            <dd>{list.subscribers.toLocaleString()}</dd>
          </div>
        )}
        {sizes.length > 0 && (
          <div>
            <dt>In the audiences</dt>
            <dd>{chosen.length === 1 ? people.toLocaleString() : `at most ${people.toLocaleString()}`}</dd>
          </div>
        )}
        <div>
          <dt>Fields sent</dt>
          <dd>{count(2 + Object.keys(mappingsOf(choices.pairs)).length, "field")}</dd>
        </div>
      </dl>
    </>
  );
}
