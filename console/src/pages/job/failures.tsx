/** What could not be used or sent: by code with the remedy, by person, as a file; of an export, tried again. */

import { type Paged, usePages } from "../../api/pages";
import {
  Banner,
  Button,
  ButtonLink,
  Card,
  Empty,
  Num,
  PagedTable,
  SelectField,
  Table,
  Time,
} from "../../components";
import { go, Link, usePlace } from "../../router";
import { May } from "../../session/session";
import { plain, withoutRemedy } from "../../words/history";
import { pathOf } from "../../words/jobs";
import { personPath } from "../people/place";
import { AddressFilter } from "./address-filter";
import { Download } from "./download";
import type { Named } from "./frame";
import { Retry } from "./retry";
import { type Failure, type FailurePage, routesOf, type Wanted } from "./routes";

const PER_PAGE = 25;
const ALL = "";

export function Failures({ of: job, isBusy }: { of: Named; isBusy: boolean }) {
  const { query } = usePlace();
  const wanted: Wanted = {
    ...(query.get("code") && { code: query.get("code") ?? "" }),
    ...(query.get("email") && { email: query.get("email") ?? "" }),
  };
  const here = `${pathOf(job.kind, job.id)}/failures`;
  const pages = usePages<FailurePage>(
    `${here} ${JSON.stringify(wanted)}`,
    (cursor, signal) =>
      routesOf(job.kind).failures(
        job.id,
        { ...wanted, limit: PER_PAGE, ...(cursor && { cursor }) },
        signal ?? null,
      ),
    { busy: () => isBusy },
  );
  const show = (next: Wanted) => go(withQuery(here, next), { replace: true });
  const summary = pages.first.data?.summary ?? [];
  const codes = [
    ...new Set([
      ...summary.flatMap((one) => one.code ?? []).map(String),
      ...(wanted.code ? [wanted.code] : []),
    ]),
  ];
  const isNarrowed = Boolean(wanted.code || wanted.email);
  if (pages.items?.length === 0 && summary.length === 0 && !isNarrowed) return <None of={job} />;
  return (
    <>
      <Summary of={job} pages={pages} here={here} wanted={wanted} />
      <Card
        title="One by one"
        about={job.kind === "import" ? "Kept for 30 days." : "Kept until the person is sent."}
        actions={
          <>
            <Download of={job} wanted={wanted} />
            {job.kind === "export" && (
              <May role="operator">
                <Retry of={job} onDone={pages.first.refresh} />
              </May>
            )}
          </>
        }
      >
        <AddressFilter email={wanted.email ?? ""} show={(email) => show({ ...wanted, email })}>
          <SelectField
            label="Code"
            value={wanted.code ?? ALL}
            options={[
              { value: ALL, name: "All codes" },
              ...codes.map((code) => ({ value: code, name: code })),
            ]}
            onChange={(code) => show({ ...wanted, code })}
          />
        </AddressFilter>
        <PagedTable
          label="Failures"
          pages={pages}
          keyOf={(one) => `${one.email} ${one.code} ${one.at} ${one.message}`}
          columns={[
            {
              name: job.kind === "import" ? "Record" : "Person",
              cell: (one) => <Whom of={one} />,
            },
            {
              name: "Code",
              cell: (one) => <Code of={one.code} />,
            },
            { name: "What is wrong, and what to do", cell: (one) => <Why of={one} /> },
            { name: "When", cell: (one) => <Time at={one.at} /> },
          ]}
          empty={
            <Empty
              title="No such failure"
              icon="search"
              action={<Button onClick={() => show({})}>Show all</Button>}
            >
              Nothing failed {wanted.code ? `with code ${wanted.code} ` : ""}
              {wanted.email ? `of ${wanted.email}` : ""}.
            </Empty>
          }
        />
      </Card>
    </>
  );
}

function None({ of: job }: { of: Named }) {
  return (
    <Empty title="No failures" icon="check">
      {job.kind === "import"
        ? "Every record that Campaign Monitor told of could be used."
        : "Everybody who was to be sent could be."}
    </Empty>
  );
}

function Summary({
  of: job,
  pages,
  here,
  wanted,
}: {
  of: Named;
  pages: Paged<FailurePage>;
  here: string;
  wanted: Wanted;
}) {
  const page = pages.first.data;
  if (!page?.summary?.length) return null;
  return (
    <Card title="By code" about={wanted.email ? `Of ${wanted.email}.` : "The most frequent first."}>
      {page.summary_complete === false && (
        <Banner tone="note" title="There are more than 10,000 failures">
          <p>The newest 10,000 are counted here. The file has all of them.</p>
        </Banner>
      )}
      <Table
        label="Failures by code"
        rows={page.summary}
        keyOf={(one) => String(one.code)}
        columns={[
          {
            name: "Code",
            cell: (one) => <Code of={one.code} />,
          },
          { name: "How many", number: true, cell: (one) => <Num of={one.count} /> },
          { name: "What is wrong", cell: (one) => plain(withoutRemedy(one.message, one.remedy)) },
          { name: "What to do", cell: (one) => plain(one.remedy) },
          {
            name: "Only these",
            cell: (one) =>
              one.code !== null && (
                <ButtonLink
                  small
                  to={withQuery(here, {
                    ...(wanted.email && { email: wanted.email }),
                    ...(String(one.code) !== wanted.code && { code: String(one.code) }),
                  })}
                  label={
                    String(one.code) === wanted.code
                      ? "Show those of all codes"
                      : `Show those of code ${one.code}`
                  }
                >
                  {String(one.code) === wanted.code ? "Show all" : "Show"}
                </ButtonLink>
              ),
          },
        ]}
      />
      {job.kind === "export" && (
        <p class="small dim">
          Whoever is sent after all is taken off these lists. The number Failed on the tab Now counts people
          alone: a trigger without a usable address is of nobody in particular, and only listed here.
        </p>
      )}
    </Card>
  );
}

function Code({ of: code }: { of: string | number | null }) {
  return code === null ? <span class="dim">–</span> : <code class="whole">{code}</code>;
}

function Whom({ of: failure }: { of: Failure }) {
  return (
    <div class="told">
      {failure.email ? (
        failure.email.includes("@") ? (
          <Link class="address" to={personPath(failure.email)}>
            {failure.email}
          </Link>
        ) : (
          <span>{failure.email}</span>
        )
      ) : (
        <span class="dim">Nobody in particular</span>
      )}
      {failure.source && <span class="small dim">{failure.source}</span>}
    </div>
  );
}

function Why({ of: failure }: { of: Failure }) {
  return (
    <div class="told">
      <span>{plain(withoutRemedy(failure.message, failure.remedy))}</span>
      <span class="small dim">{plain(failure.remedy)}</span>
    </div>
  );
}

function withQuery(path: string, wanted: Wanted): string {
  const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value)).toString();
  return query ? `${path}?${query}` : path;
}
