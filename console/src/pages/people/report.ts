/** Everything that is kept of a person, as one file: what a request of access asks for. */

import { answered, api, type Schemas } from "../../api/client";

type Everything = Schemas["Everything"];

/** Read all pages; `tell` hears how many rows were read so far. */
export async function everything(email: string, tell: (rows: number) => void): Promise<Everything> {
  let whole: Everything | undefined;
  let cursor: string | null = null;
  do {
    const page: Everything = await answered(
      api.GET("/profiles/{email}/export", { params: { path: { email }, query: cursor ? { cursor } : {} } }),
    );
    whole = whole ? { ...whole, rows: [...whole.rows, ...page.rows] } : page;
    tell(whole.rows.length);
    cursor = page.cursor;
  } while (cursor);
  return { ...whole, rows_left: 0, cursor: null };
}

/** Hand a JSON to the browser as a file. */
export function saveAs(name: string, what: unknown): void {
  const url = URL.createObjectURL(
    new Blob([`${JSON.stringify(what, null, 2)}\n`], { type: "application/json" }),
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[^\w@.+-]/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url));
}
