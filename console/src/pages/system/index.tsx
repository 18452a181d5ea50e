/** How the whole system is, and who may come in. */

import { api, type Schemas } from "../../api/client";
import { useLive } from "../../api/live";
import { Badge, PageHead, Problem, Skeleton, Tabs, Time } from "../../components";
import type { Params } from "../../router";
import { useMay } from "../../session/session";
import { Access } from "./access";
import { Health } from "./health";
import { Queues } from "./queues";
import { Webhooks } from "./webhooks";

export type System = Schemas["System"];

export default function SystemPage({ part = "" }: Params) {
  const isAdmin = useMay("admin");
  const asked = useLive("/system", (signal) => api.GET("/system", { signal }));
  const system = asked.data;
  const dead = system?.queues?.reduce((sum, queue) => sum + queue.dead_letters, 0);
  const tabs = [
    { name: "Health", to: "/system", count: system?.problems.length },
    { name: "Queues", to: "/system/queues", count: dead },
    { name: "Webhooks and schedules", to: "/system/webhooks", count: system?.webhooks?.dead },
    ...(isAdmin ? [{ name: "Access", to: "/system/access" }] : []),
  ];
  return (
    <>
      <PageHead
        title="System"
        state={
          system && (
            <Badge tone={system.healthy ? "good" : "bad"}>
              {system.healthy ? "Everything is well" : `${system.problems.length} to look at`}
            </Badge>
          )
        }
        about={
          system && (
            <>
              Version {system.version}, looked at <Time at={system.at} relative />
            </>
          )
        }
      />
      <Tabs label="Parts of the system" tabs={tabs} />
      {part === "access" && isAdmin ? (
        <Access />
      ) : !system ? (
        asked.error ? (
          <Problem error={asked.error} onRetry={asked.refresh} />
        ) : (
          <Skeleton lines={10} />
        )
      ) : (
        <>
          {asked.error && <Problem error={asked.error} onRetry={asked.refresh} />}
          <Part of={part} system={system} refresh={asked.refresh} />
        </>
      )}
    </>
  );
}

function Part({ of: part, system, refresh }: { of: string; system: System; refresh: () => Promise<void> }) {
  if (part === "queues") return <Queues queues={system.queues} refresh={refresh} />;
  if (part === "webhooks") return <Webhooks system={system} />;
  return <Health system={system} refresh={refresh} />;
}
