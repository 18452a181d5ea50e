/** Every component in each of its states, on one page: what the tests photograph, and what new pages are built of. */

import { useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import {
  Advanced,
  Badge,
  Banner,
  BarChart,
  Button,
  ButtonLink,
  Card,
  CheckField,
  Code,
  Copy,
  Dialog,
  Diff,
  Empty,
  Facts,
  HeatMap,
  ManyPicker,
  Num,
  PageHead,
  Picker,
  Problem,
  Progress,
  RunBars,
  SelectField,
  Skeleton,
  Table,
  Tabs,
  TextField,
  Time,
  toast,
} from "../../components";

const AT = "2026-11-23T10:00:00.000Z";
const LISTS = [
  { value: "a", name: "Newsletter", hint: "48,210 people" },
  { value: "b", name: "Product news", hint: "9,402 people" },
  { value: "c", name: "<img src=x onerror=alert(1)>", hint: "12 people" },
  { value: "d", name: "Old customers", barred: "deleted at Campaign Monitor" },
];

export default function Sample() {
  return (
    <>
      <PageHead
        title="Sample"
        crumbs={[{ name: "Overview", to: "/" }]}
        state={<Badge tone="good">Running</Badge>}
        about="Every component, in each of its states."
        actions={
          <>
            <Button icon="retry">Run now</Button>
            <Button kind="primary" icon="plus">
              New import
            </Button>
          </>
        }
      />
      <Tabs
        label="Parts of the sample"
        tabs={[
          { name: "Now", to: "/sample" },
          { name: "Runs", to: "/sample/runs", count: 14 },
          { name: "Failures", to: "/sample/failures", count: 1204 },
        ]}
      />
      <Buttons />
      <Fields />
      <States />
      <Lists />
      <Charts />
      <Texts />
    </>
  );
}

function Buttons() {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card title="Buttons">
      <div class="row">
        <Button kind="primary">Start import</Button>
        <Button kind="primary" busy>
          Start import
        </Button>
        <Button kind="primary" disabled>
          Start import
        </Button>
        <Button icon="pause">Stop</Button>
        <Button busy>Stop</Button>
        <Button disabled>Stop</Button>
        <Button kind="quiet">Cancel</Button>
        <Button kind="danger" icon="bin">
          Delete
        </Button>
        <Button small>Small</Button>
        <Button kind="quiet" icon="copy" label="Copy" />
        <ButtonLink to="/sample" icon="outside">
          A link
        </ButtonLink>
      </div>
      <div class="row">
        <Button onClick={() => setOpen(true)}>Open a dialog</Button>
        <Button onClick={() => toast("The import was stopped.")}>Show a toast</Button>
      </div>
      {isOpen && (
        <Dialog
          title="Delete this export?"
          onClose={() => setOpen(false)}
          actions={
            <>
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <Button kind="danger" onClick={() => setOpen(false)}>
                Delete
              </Button>
            </>
          }
        >
          <p>It stops, and its URL works no more. People stay on the list as they are.</p>
        </Dialog>
      )}
      <Copy
        label="Webhook URL"
        text="https://example.execute-api.eu-west-1.amazonaws.com/prod/webhooks/lytics/pJ3vQ8"
      />
    </Card>
  );
}

function Fields() {
  const [text, setText] = useState("Main account");
  const [list, setList] = useState("a");
  const [lists, setLists] = useState(["a", "c"]);
  const [consent, setConsent] = useState("respect");
  const [isKept, setKept] = useState(true);
  const [minutes, setMinutes] = useState("5");
  return (
    <Card title="Fields">
      <TextField label="Description" value={text} onInput={setText} help="A name for your authorization." />
      <TextField
        label="Every"
        value={minutes}
        onInput={setMinutes}
        suffix="minutes"
        inputMode="numeric"
        error="Give at least 15 minutes."
      />
      <Picker label="List" options={LISTS} value={list} onChange={setList} />
      <ManyPicker
        label="Lists to Import"
        options={LISTS}
        value={lists}
        onChange={setLists}
        help="If no lists are selected, all lists will be imported."
      />
      <Picker
        label="Client"
        options={undefined}
        value=""
        onChange={() => undefined}
        placeholder="Choose an account first"
        disabled
      />
      <SelectField
        label="Tracking consent"
        value={consent}
        onChange={setConsent}
        options={[
          { value: "respect", name: "Respect: not of who said No" },
          { value: "ignore", name: "Ignore: everybody's" },
        ]}
      />
      <CheckField
        label="Keep Updated"
        checked={isKept}
        onChange={setKept}
        help="Check to continuously run this import."
      />
      <Advanced>
        <TextField label="Email Field" value="email" onInput={() => undefined} />
      </Advanced>
    </Card>
  );
}

function States() {
  return (
    <Card title="States">
      <div class="row">
        <Badge tone="good">Running</Badge>
        <Badge tone="busy">Importing</Badge>
        <Badge tone="warn">Waiting since 10:02</Badge>
        <Badge tone="bad">Failed</Badge>
        <Badge tone="note">Dry run</Badge>
        <Badge tone="off">Stopped</Badge>
      </div>
      <Banner
        tone="bad"
        title="Main account has no access any more"
        action={<Button small>Reconnect</Button>}
      >
        <p>Campaign Monitor takes its token no more. Its two jobs wait.</p>
      </Banner>
      <Banner tone="warn" title="Newsletter waits for Campaign Monitor since 10:02">
        <p>Campaign Monitor answers 503. It is tried again at 10:07.</p>
      </Banner>
      <Banner tone="note" title="This is a dry run">
        <p>Nothing is written to the list.</p>
      </Banner>
      <Banner tone="good" title="The first trigger has come" />
      <Problem
        error={
          new ApiError(
            422,
            "the request is not valid; see details",
            [{ field: "every_minutes", message: "give 15 or more" }],
            "0f3c-77",
          )
        }
        onRetry={() => undefined}
      />
      <Progress label="Opens" value={38} max={118} says="38 of 118 pages" />
      <Progress label="All of it" value={0.72} />
      <Progress label="Looking how much there is" value={null} />
      <Skeleton lines={3} />
      <Empty title="No imports yet" icon="import" action={<Button kind="primary">New import</Button>}>
        An import brings the people of a client's lists, and what they did.
      </Empty>
    </Card>
  );
}

const ROWS = [
  { email: "jane@example.com", code: "204", at: AT, count: 3 },
  {
    email: "a.very.long.address.of.somebody.who.has.one@department.example.org",
    code: "1",
    at: AT,
    count: 1204,
  },
];

function Lists() {
  return (
    <Card title="Tables" about="On a narrow screen each row is a block.">
      <Table
        label="Failures"
        rows={ROWS}
        keyOf={(row) => row.email}
        columns={[
          { name: "Person", cell: (row) => row.email },
          { name: "Code", cell: (row) => <code>{row.code}</code> },
          { name: "Last", cell: (row) => <Time at={row.at} /> },
          { name: "Times", cell: (row) => <Num of={row.count} />, number: true },
        ]}
      />
      <Facts
        of={[
          ["Account", "Main account"],
          ["Client", "Example Books"],
          ["Last run", <Time key="t" at={AT} relative />],
          ["Rows", <Num key="n" of={212_408} />],
        ]}
      />
    </Card>
  );
}

const RUNS = [3, 5, 4, 0, 6, 2, 3, 9].map((size, index) => ({
  key: String(index),
  tone: index === 3 ? ("bad" as const) : index === 7 ? ("busy" as const) : ("good" as const),
  size,
  says: index === 3 ? "Failed: the account has no access" : `${size} rows`,
}));
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"].map((name, index) => ({
  name,
  value: [4, 9, 0, 14, 22, 17, 3, 8, 11][index] ?? 0,
}));
const HOURS = Array.from({ length: 168 }, (_, hour) =>
  hour % 24 > 6 && hour % 24 < 21 ? (hour * 7) % 13 : 0,
);

function Charts() {
  return (
    <Card title="Charts">
      <RunBars label="The last runs" runs={RUNS} />
      <BarChart label="Opens by month" what="opens" points={MONTHS} />
      <HeatMap label="When this person opens" what="opens" hours={HOURS} />
    </Card>
  );
}

const LQL =
  'SELECT\n  , count(event) AS cm_openct IF eq(event, "open") KIND int\n  , max(epochms() AS cm_lastopen_ts KIND date';

function Texts() {
  const [text, setText] = useState(LQL);
  return (
    <Card title="Texts">
      <p>
        In the viewer's zone: <Time at={AT} />; as a distance: <Time at={AT} relative />; never:{" "}
        <Time at={null} />
      </p>
      <Diff
        before={{ state: "active", name: "J.", "[LyticsAudiences]": [] }}
        after={{ state: "active", name: "Jane", "[LyticsAudiences]": ["VIP", "Newsletter readers"] }}
      />
      <Code
        label="Mapping"
        text={text}
        onInput={setText}
        mistakes={[{ line: 3, column: 18, message: "a bracket is open here; close it with )" }]}
      />
      <Code label="A mapping to read" text={LQL} />
    </Card>
  );
}
