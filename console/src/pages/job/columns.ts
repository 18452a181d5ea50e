/** Columns of rows that need not be kept: `functions/import/import_app/columns.py` has the same. */

import { answered, api } from "../../api/client";
import { useLive } from "../../api/live";
import type { Option } from "../../components";
import type { Import } from "../../words/jobs";

const COLUMNS: Record<string, string> = {
  bounce_type: "Kind of bounce",
  campaign_name: "Name of the campaign",
  cc: "Country code",
  city: "City",
  client_name: "Name of the client",
  consent_to_sms: "Consent to short messages",
  country: "Country",
  ip: "IP address",
  journey_name: "Name of the journey",
  latitude: "Latitude",
  list_joined: "When somebody joined the list",
  list_name: "Name of the list",
  longitude: "Longitude",
  mobile: "Mobile number",
  name: "Name",
  old_email: "Address before a change",
  reads_email_with: "Email program",
  reason: "Reason of an unsubscribe",
  region: "Region",
  signup_ip: "IP address at signup",
  source: "Source of the subscription",
  test: "Whether it was a test",
  "custom.*": "All custom fields",
};

const MOST_LISTS = 10;

/** The columns to choose from, with the custom fields of the import's lists and whatever is chosen already. */
export function useColumns(job: Import): Option[] {
  const lists = job.lists.slice(0, MOST_LISTS).map((one) => one.id);
  const found = useLive(
    `columns of ${job.client_id} ${lists}`,
    async (signal) => {
      const path = { id: job.authorization_id, client_id: job.client_id };
      const pages = await Promise.all(
        lists.map((list_id) =>
          answered(
            api.GET("/authorizations/{id}/clients/{client_id}/lists/{list_id}/custom-fields", {
              params: { path: { ...path, list_id } },
              signal,
            }),
          ).catch(() => ({ items: [] })),
        ),
      );
      return { data: pages.flatMap((page) => page.items), response: new Response() };
    },
    { poll: false },
  );
  const known = new Map(Object.entries(COLUMNS));
  for (const field of found.data ?? []) known.set(`custom.${field.key.replace(/[[\]]/g, "")}`, field.name);
  for (const column of [...job.drop_columns, ...job.hash_columns])
    if (!known.has(column)) known.set(column, column);
  return [...known].map(([value, name]) => ({ value, name, hint: value }));
}
