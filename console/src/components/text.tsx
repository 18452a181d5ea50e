/** Texts of a special kind: times, code, differences, facts; and the parts of a page. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { entitle, Link, usePlace } from "../router";
import { ago, inZone, utc } from "../words/times";

/** A time in the viewer's zone, with UTC when one hovers; `relative` says how long ago. */
export function Time({ at, relative = false }: { at: string | null | undefined; relative?: boolean }) {
  if (!at) return <span class="dim">never</span>;
  const title = relative ? `${inZone(at)} · ${utc(at)}` : utc(at);
  return (
    <time dateTime={at} title={title}>
      {relative ? ago(at) : inZone(at)}
    </time>
  );
}

export function CodeText({ children }: { children: ComponentChildren }) {
  return <code>{children}</code>;
}

/** A number as people read it. */
export function Num({ of }: { of: number | null | undefined }) {
  return of === null || of === undefined ? (
    <span class="dim">–</span>
  ) : (
    <span class="num">{of.toLocaleString()}</span>
  );
}

/** Names and what they are. */
export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export interface Crumb {
  name: string;
  to: string;
}

/** The top of a page: where it is, its name, how it is, what can be done. */
export function PageHead({
  title,
  crumbs = [],
  state,
  about,
  actions,
}: {
  title: string;
  crumbs?: readonly Crumb[];
  state?: ComponentChildren;
  about?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  useEffect(() => entitle(title), [title]);
  return (
    <header class="page-head">
      <div>
        {crumbs.length > 0 && (
          <nav aria-label="Breadcrumb" class="crumbs">
            {crumbs.map((one) => (
              <Link key={one.to} to={one.to}>
                {one.name}
              </Link>
            ))}
          </nav>
        )}
        <h1>
          {title} {state}
        </h1>
        {about && <div class="dim page-about">{about}</div>}
      </div>
      {actions && <div class="actions">{actions}</div>}
    </header>
  );
}

/** A part of a page on a card of its own. */
export function Card({
  title,
  about,
  actions,
  children,
}: {
  title?: string;
  about?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="card" aria-label={title}>
      {(title || actions) && (
        <header>
          <div>
            {title && <h2>{title}</h2>}
            {about && <p class="dim">{about}</p>}
          </div>
          {actions && <div class="actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** The parts of a page that share a place: each has an address of its own. */
export function Tabs({
  label,
  tabs,
}: {
  label: string;
  tabs: readonly { name: string; to: string; count?: number | undefined }[];
}) {
  const { path } = usePlace();
  const bar = useRef<HTMLElement>(null);
  const at = tabs.findIndex((tab) => tab.to === path);
  useEffect(() => {
    const here = bar.current?.children[at];
    if (bar.current && here instanceof HTMLElement)
      bar.current.scrollLeft = here.offsetLeft - bar.current.offsetLeft - bar.current.offsetWidth / 3;
  }, [at]);
  return (
    <nav class="tabs" aria-label={label} ref={bar}>
      {tabs.map((tab) => (
        <Link key={tab.to} to={tab.to} aria-current={path === tab.to ? "page" : undefined}>
          {tab.name}
          {tab.count ? <span class="tab-count">{tab.count.toLocaleString()}</span> : null}
        </Link>
      ))}
    </nav>
  );
}

type Values = { [key: string]: string | string[] | number | boolean | object | null };

/** What of a person would change: each field before and after; what stays is said in one line. */
export function Diff({
  before,
  after,
  fields = [],
}: {
  before: Values | null | undefined;
  after: Values | null | undefined;
  /** Names of custom fields: keys lack their spaces. */
  fields?: readonly string[];
}) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changed = names.filter((name) => shown(before?.[name]) !== shown(after?.[name]));
  const same = names.length - changed.length;
  return (
    <div class="diff">
      {changed.length > 0 && (
        <table>
          <thead class="unseen">
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {changed.map((name) => (
              <tr key={name}>
                <th scope="row">{fieldName(name, fields)}</th>
                <td>
                  {!shown(before?.[name]) ? <span class="dim">–</span> : <del>{shown(before?.[name])}</del>}
                </td>
                <td>
                  {!shown(after?.[name]) ? <span class="dim">–</span> : <ins>{shown(after?.[name])}</ins>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {(same > 0 || changed.length === 0) && (
        <p class="dim small">
          {changed.length === 0
            ? "Nothing changes."
            : same === 1
              ? "1 more field stays."
              : `${same} more fields stay.`}
        </p>
      )}
    </div>
  );
}

const OURS: Record<string, string> = {
  mobile_number: "mobile number",
  consent_to_track: "consent to track",
  consent_to_sms: "consent to sms",
};

/** `[City]`, a custom field's key, is the field City. */
function fieldName(key: string, fields: readonly string[]): string {
  const identity = (text: string) => text.replace(/[\s[\]]/g, "").toLowerCase();
  const known = ["Lytics Audiences", ...fields].find((one) => identity(one) === identity(key));
  if (known && key.startsWith("[")) return known;
  return OURS[key] ?? key.replace(/^\[(.*)\]$/, "$1");
}

function shown(value: Values[string] | undefined): string {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return "";
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
