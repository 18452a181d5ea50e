/** What needs a person; quotas, alarms and accounts. */

import { Badge, Card, Empty, Progress, Table, Time, type Tone } from "../../components";
import { Need } from "../overview/needs";
import type { System } from "./index";
import { Unreadable } from "./parts";

export function Health({ system, refresh }: { system: System; refresh: () => Promise<void> }) {
  return (
    <>
      <Problems system={system} refresh={refresh} />
      <div class="duo">
        <Quotas quotas={system.quotas} />
        <Alarms alarms={system.alarms} />
      </div>
      <Accounts accounts={system.authorizations} />
    </>
  );
}

function Problems({ system, refresh }: { system: System; refresh: () => Promise<void> }) {
  if (system.healthy)
    return (
      <Empty title="Nothing needs you" icon="check">
        Queues flow, webhooks are alive, schedules are on, and every account is connected.
      </Empty>
    );
  return (
    <section class="stack" aria-label="What needs a person">
      {system.problems.map((problem) => (
        <Need key={`${problem.kind} ${problem.what}`} problem={problem} onSolved={refresh} />
      ))}
    </section>
  );
}

const QUOTAS: Record<string, string> = {
  lambda_executions: "Functions at once, of the whole AWS account",
  sqs_messages_in_flight: "Messages in flight, of the fullest queue",
  campaign_monitor_calls: "Calls to Campaign Monitor at once",
};

function Quotas({ quotas }: { quotas: System["quotas"] }) {
  return (
    <Card title="Quotas" about="What there is only so much of.">
      {quotas === null ? (
        <Unreadable what="Quotas" />
      ) : (
        quotas.map((one) => (
          <Progress
            key={`${one.name} ${one.account?.id}`}
            label={`${QUOTAS[one.name] ?? one.name}${one.account ? `: ${one.account.name ?? one.account.id}` : ""}`}
            value={one.used ?? 0}
            max={one.limit}
            says={`${one.used === null ? "at most" : `${one.used.toLocaleString()} of`} ${one.limit.toLocaleString()}`}
          />
        ))
      )}
    </Card>
  );
}

const ALARMS: Record<string, readonly [Tone, string]> = {
  OK: ["good", "Off"],
  ALARM: ["bad", "On"],
  INSUFFICIENT_DATA: ["off", "Nothing to tell"],
};

function Alarms({ alarms }: { alarms: System["alarms"] }) {
  const quiet = alarms?.filter((one) => one.state !== "ALARM") ?? [];
  return (
    <Card title="Alarms" about="CloudWatch’s, of this stack.">
      {alarms === null ? (
        <Unreadable what="Alarms" />
      ) : (
        <>
          <AlarmList of={alarms.filter((one) => one.state === "ALARM")} />
          <details class="more">
            <summary>{quiet.length === 1 ? "1 alarm is quiet" : `${quiet.length} alarms are quiet`}</summary>
            <AlarmList of={quiet} />
          </details>
        </>
      )}
    </Card>
  );
}

function AlarmList({ of: alarms }: { of: NonNullable<System["alarms"]> }) {
  return (
    <ul class="pairs">
      {alarms.map((one) => {
        const [tone, said] = ALARMS[one.state] ?? ["note", one.state];
        return (
          <li key={one.name}>
            <span title={one.reason ?? one.name}>{alarmName(one.name)}</span>
            <span class="row">
              {one.state === "ALARM" && <Time at={one.since} relative />}
              <Badge tone={tone}>{said}</Badge>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** `stack-RowsAgeAlarm-1A2B` is the alarm Rows age: CloudFormation adds the rest. */
function alarmName(name: string): string {
  const own = /([A-Za-z]+)Alarm-\w+$/.exec(name)?.[1] ?? name;
  const words = own.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return words.replace(/^./, (letter) => letter.toUpperCase());
}

const ACCOUNTS: Record<string, readonly [Tone, string]> = {
  active: ["good", "Connected"],
  pending: ["warn", "Waits for consent"],
  revoked: ["bad", "Disconnected"],
};

function Accounts({ accounts }: { accounts: System["authorizations"] }) {
  return (
    <Card title="Accounts of Campaign Monitor">
      {accounts === null ? (
        <Unreadable what="Accounts" />
      ) : accounts.length === 0 ? (
        <p class="dim">No account is connected yet.</p>
      ) : (
        <Table
          label="Accounts"
          rows={accounts}
          keyOf={(one) => one.id}
          columns={[
            { name: "Account", cell: (one) => one.description },
            {
              name: "State",
              cell: (one) => (
                <Badge tone={ACCOUNTS[one.status]?.[0] ?? "note"}>
                  {ACCOUNTS[one.status]?.[1] ?? one.status}
                </Badge>
              ),
            },
            { name: "Connected", cell: (one) => <Time at={one.connected_at} /> },
            { name: "Said last", cell: (one) => one.message ?? <span class="dim">–</span> },
          ]}
        />
      )}
    </Card>
  );
}
