/** Where a person's page is. */

/** The path of a person, readable: `@` means nothing in it. */
export function personPath(email: string, part = ""): string {
  return `/people/${encodeURIComponent(email).replaceAll("%40", "@")}${part && `/${part}`}`;
}
