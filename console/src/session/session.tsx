/** Who is in. The token lies in `sessionStorage` and in no other place: not in the address, not in a log. */

import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { forgetBegun } from "../api/begun";
import { API_URL, ApiError, answered, api, guardWith, type Schemas } from "../api/client";
import { forget } from "../api/live";
import { toast } from "../components";
import { sentence } from "../words/problems";
import { SignIn } from "./sign-in";

const KEY = "lytics-cm";

export type Role = Schemas["Role"];
const ROLES: readonly Role[] = ["viewer", "operator", "admin"];

export interface Session {
  token: string;
  name: string;
  role: Role;
  /** Null for the admin token. */
  id: string | null;
  /** Null for the admin token. */
  expires_at: string | null;
}

/** The one-time code that a link brings; null if it brings none. */
function codeOf(link: string): string | null {
  return /#code=([^&\s]+)/.exec(link)?.[1] ?? null;
}

/** Take a one-time code out of the address, before anything else can read it; `was` is where somebody stays. */
export function codeOfAddress(was?: string): string | null {
  const code = codeOf(location.hash);
  if (code === null) return null;
  history.replaceState(null, "", was ?? `${location.pathname}${location.search}`);
  return code;
}

async function exchange(code: string): Promise<Session> {
  const { token, name, role, id, expires_at } = await answered(
    api.POST("/sessions/exchange", { body: { code } }),
  );
  return { token, name, role, id, expires_at };
}

/** Whose a token is. Throws `ApiError` when it is nobody's. */
async function whose(token: string): Promise<Session> {
  const request = new Request(`${API_URL}/sessions/current`, { headers: headersOf(token) });
  const response = await fetch(request).catch(() => {
    throw new ApiError(0, "The API does not answer.");
  });
  if (response.status === 401 || response.status === 403)
    throw new ApiError(403, "This token is none of ours, or its session has ended.");
  const { name, role, id, expires_at } = await answered<Schemas["CurrentSession"]>(
    response.json().then((data) => ({ data, error: response.ok ? undefined : data, response })),
  );
  return { token, name, role, id, expires_at };
}

function headersOf(token: string): Headers {
  try {
    return new Headers({ Authorization: `Bearer ${token}` });
  } catch {
    throw new ApiError(403, "This is no token: it has characters that a token has not.");
  }
}

function stored(): Session | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Session | null;
    return found?.token && ROLES.includes(found.role) ? found : null;
  } catch {
    return null;
  }
}

function store(session: Session | null): void {
  if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
  else sessionStorage.removeItem(KEY);
}

interface Held {
  session: Session;
  signOut: () => Promise<void>;
}

const Current = createContext<Held | null>(null);

/** Who is in, and how they go. */
export function useSession(): Held {
  const held = useContext(Current);
  if (!held) throw new Error("nobody is in");
  return held;
}

/** Whether who is in may do what needs a role. */
export function useMay(role: Role): boolean {
  return ROLES.indexOf(useSession().session.role) >= ROLES.indexOf(role);
}

/** What only those see who may do it; the API refuses it to all others anyway. */
export function May({
  role,
  children,
  else: otherwise,
}: {
  role: Role;
  children: ComponentChildren;
  else?: ComponentChildren;
}) {
  return <>{useMay(role) ? children : otherwise}</>;
}

/** Everything that needs somebody to be in. Whoever's session ends is asked again above the page, which stays. */
export function Entrance({ code, children }: { code: string | null; children: ComponentChildren }) {
  const [session, set] = useState<Session | null>(stored);
  const [busy, setBusy] = useState(code !== null);
  const [refusal, setRefusal] = useState<ApiError>();
  const [ended, setEnded] = useState(false);
  const waiting = useRef<(() => void)[]>([]);
  const token = useRef<string | null>(session?.token ?? null);

  function enter(next: Session): void {
    if (next.id !== session?.id) forget();
    token.current = next.token;
    store(next);
    set(next);
    setEnded(false);
    setRefusal(undefined);
    for (const go of waiting.current.splice(0)) go();
  }

  useMemo(() => {
    guardWith({
      token: () => token.current,
      again: (refused) => {
        if (token.current !== refused) return Promise.resolve();
        return new Promise((resolve) => {
          waiting.current.push(resolve);
          store(null);
          setEnded(true);
        });
      },
    });
  }, []);

  async function attempt(session: () => Promise<Session>): Promise<void> {
    setBusy(true);
    setRefusal(undefined);
    try {
      enter(await session());
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, String(error));
      setRefusal(refused);
      if (token.current) toast(sentence(refused.message)); // who is in already stays
    } finally {
      setBusy(false);
    }
  }

  useEffect(() => {
    const bring = (one: string | null) => {
      if (one !== null) void attempt(() => exchange(one));
    };
    // A link that was opened in a tab that is here already: the page stays, with what was typed.
    const moved = (event: HashChangeEvent) => bring(codeOfAddress(event.oldURL));
    bring(code);
    addEventListener("hashchange", moved, { capture: true });
    return () => removeEventListener("hashchange", moved, { capture: true });
  }, [code]);

  async function signOut(): Promise<void> {
    const id = session?.id;
    if (id && !ended) await api.DELETE("/sessions/{id}", { params: { path: { id } } }).catch(() => undefined);
    token.current = null;
    store(null);
    forget();
    forgetBegun();
    set(null);
  }

  const signIn = (
    <SignIn
      busy={busy}
      refusal={refusal}
      ended={ended}
      onGiven={(given) => {
        const code = codeOf(given);
        return attempt(() => (code === null ? whose(given.trim()) : exchange(code)));
      }}
    />
  );
  if (!session) return signIn;
  return (
    <Current.Provider value={{ session, signOut }}>
      {children}
      {ended && signIn}
    </Current.Provider>
  );
}
