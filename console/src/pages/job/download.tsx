/** Failures as a file, page after page, as the API writes CSV. */

import { useState } from "preact/hooks";
import { answered } from "../../api/client";
import { useAction } from "../../api/live";
import { Button, Problem, toast } from "../../components";
import { count } from "../../words/jobs";
import type { Named } from "./frame";
import { routesOf, type Wanted } from "./routes";

const HEAD = /^[^\n]*\n/;

export function Download({ of: job, wanted }: { of: Named; wanted: Wanted }) {
  const [lines, setLines] = useState(0);
  const save = useAction(async () => {
    setLines(0);
    const text = await everything(job, wanted, setLines);
    saveText(`failures-${job.id}.csv`, text);
    toast(`${count(linesOf(text), "failure")} saved.`);
  });
  return (
    <>
      <Button icon="import" busy={save.busy} onClick={() => save.run()}>
        CSV
      </Button>
      <span class="unseen" role="status">
        {save.busy && `${lines} failures read`}
      </span>
      {save.error && <Problem error={save.error} />}
    </>
  );
}

/** All pages one after the other, with one line of names. */
async function everything(job: Named, wanted: Wanted, tell: (lines: number) => void): Promise<string> {
  let text = "";
  let cursor: string | undefined;
  do {
    const asked = await routesOf(job.kind).csv(job.id, { ...wanted, ...(cursor && { cursor }) });
    const page = await answered(Promise.resolve(asked));
    text += text ? page.replace(HEAD, "") : page;
    tell(linesOf(text));
    cursor = asked.response.headers.get("X-Cursor") ?? undefined;
  } while (cursor);
  return text;
}

function linesOf(text: string): number {
  return Math.max(0, text.split("\r\n").length - 2);
}

/** Hand a text to the browser as a file. */
function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url));
}
