/** The frame around every page: navigation, who is in, and the place where a page is shown. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Empty, Icon, type IconName, PageHead, Skeleton, Toasts } from "./components";
import { ThemeSwitch } from "./components/theme";
import { Link, Outlet, Router, usePlace } from "./router";
import { routes } from "./routes";
import { Entrance, useSession } from "./session/session";

interface Entry {
  name: string;
  to: string;
  icon: IconName;
  /** Beginnings of paths that belong to it. */
  of: readonly string[];
}

const ENTRIES: readonly Entry[] = [
  { name: "Overview", to: "/", icon: "overview", of: [] },
  {
    name: "Imports & exports",
    to: "/jobs",
    icon: "jobs",
    of: ["/imports", "/exports", "/new-import", "/new-export"],
  },
  { name: "Authorizations", to: "/authorizations", icon: "key", of: ["/authorizations"] },
  { name: "People", to: "/people", icon: "people", of: ["/people"] },
  { name: "Mappings", to: "/mappings", icon: "mapping", of: ["/mappings"] },
  { name: "System", to: "/system", icon: "pulse", of: ["/system"] },
];

export function App({ code }: { code: string | null }) {
  return (
    <>
      <Entrance code={code}>
        <Router>
          <Shell />
        </Router>
      </Entrance>
      <Toasts />
    </>
  );
}

function Shell() {
  const { path } = usePlace();
  const main = useRef<HTMLElement>(null);
  const [isOpen, setOpen] = useState(false);
  const first = useRef(true);
  useEffect(() => {
    setOpen(false);
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <header class="side" data-open={isOpen}>
        <div class="side-top">
          <Link class="brand" to="/">
            <span class="mark" aria-hidden="true" />
            Lytics-CM
          </Link>
          <Button
            class="side-toggle"
            kind="quiet"
            icon={isOpen ? "close" : "menu"}
            label={isOpen ? "Close the menu" : "Open the menu"}
            aria-expanded={isOpen}
            aria-controls="side-body"
            onClick={() => setOpen(!isOpen)}
          />
        </div>
        <div class="side-body" id="side-body">
          <nav aria-label="Pages">
            <ul>
              {ENTRIES.map((entry) => (
                <li key={entry.to}>
                  <Link to={entry.to} aria-current={isHere(entry, path) ? "page" : undefined}>
                    <Icon name={entry.icon} />
                    {entry.name}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <Who />
        </div>
      </header>
      <main class="page" id="main" tabIndex={-1} ref={main}>
        <Outlet
          routes={routes}
          waiting={<Skeleton lines={6} />}
          absent={
            <>
              <PageHead title="Not found" />
              <Empty
                title="There is no such page"
                icon="search"
                action={<Link to="/">Go to the overview</Link>}
              >
                The address may be of a job that was deleted, or was cut on its way.
              </Empty>
            </>
          }
          broken={
            <>
              <PageHead title="Not loaded" />
              <Empty
                title="This page could not be loaded"
                icon="alert"
                action={<Button onClick={() => location.reload()}>Load it again</Button>}
              >
                The connection was interrupted, or a new version was deployed meanwhile.
              </Empty>
            </>
          }
        />
      </main>
    </div>
  );
}

function isHere(entry: Entry, path: string): boolean {
  return path === entry.to || entry.of.some((start) => path === start || path.startsWith(`${start}/`));
}

function Who() {
  const { session, signOut } = useSession();
  return (
    <div class="who">
      <ThemeSwitch />
      <p class="who-name">
        <strong title={session.name}>{session.name}</strong>
        <span class="dim">{session.role}</span>
      </p>
      <Button kind="quiet" icon="leave" onClick={signOut}>
        Sign out
      </Button>
    </div>
  );
}
