/** What the API calls things, as these pages and the documents of Lytics call them. */
const CALLED: Record<string, string> = {
  audience_webhook_url: "the webhook URL",
  audiences: "Audiences",
  authorization_id: "Account",
  client_id: "Client",
  consent_field: "Consent Field",
  consent_for_new: "New people who have not decided",
  description: "Description",
  drop_columns: "Columns not to store",
  email_field: "Email Field",
  every_minutes: "Run every",
  existing_users: "Existing Users",
  field_mappings: "Field Mappings",
  hash_columns: "Columns to store unreadably",
  keep_rows_days: "Forget activity after",
  keep_updated: "Keep Updated",
  list_id: "List",
  list_ids: "Lists to Import",
  name_field: "Name Field",
  queue_autoresponders: "Queue Subscription Based Auto Responders",
  resubscribe_users: "Resubscribe Users",
  rows_since: "History since",
  sms_consent_field: "Consent to Short Messages Field",
  sms_field: "Mobile Number Field",
  tracking_consent: "Whose opens and clicks may be kept",
};

/** What a member or a parameter is called here; undefined for what no page shows. */
export function calledOf(name: string): string | undefined {
  return CALLED[name];
}
