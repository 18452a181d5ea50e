/** Whoever uses the keyboard goes on where they were. */

/** Focus on what is still there; else on the page, so that the next stop is not the top of the window. */
export function focusOn(...wanted: readonly (Element | null | undefined)[]): void {
  const found = wanted.find((one): one is HTMLElement => one instanceof HTMLElement && canHold(one));
  (found ?? document.getElementById("main"))?.focus({ preventScroll: !found });
}

function canHold(one: HTMLElement): boolean {
  return one.isConnected && one !== document.body && !(one as HTMLButtonElement).disabled;
}
