"""What holds of every page, whatever is on it: for all eyes, by keyboard, on a telephone; and its pictures."""

import json

from local.programs import ROOT

PICTURES = ROOT / ".pictures"
"""Made anew by the tests, for people to look at."""
AXE = ROOT / "console/node_modules/axe-core/axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
MOST_STEPS = 400

OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""All else is the same in the dark."""
FOUND = """axe.run(document, {resultTypes: ['violations'], %s}).then((found) => JSON.stringify(found.violations.map(
    (one) => `${one.id}: ${one.help}\\n` + one.nodes.map((node) => `  ${node.target} ${node.failureSummary}`).join('\\n'))))"""
REACHABLE = """() => {
    const seen = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('[inert]');
    const modal = document.querySelector('dialog:modal');
    const all = [...(modal ?? document).querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex="0"]')];
    const groups = new Set();
    return all.filter((one) => {
        if (one.disabled || one.tabIndex < 0 || !seen(one) || one.type === 'hidden') return false;
        if (one.type !== 'radio') return true;
        const group = `${one.form?.id}/${one.name}`;
        return !groups.has(group) && groups.add(group);
    }).length;
}"""
"""How many stops there are: of radio buttons, a group is one."""
HERE = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    one.dataset.stop ??= String(++window.stops);
    const ringed = (each) => {
        const style = each && getComputedStyle(each);
        return !!style && ((style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none');
    };
    return {
        stop: one.dataset.stop,
        scrolls: one.tabIndex < 0,  // the browser makes a stop of what is longer than its place
        what: `${one.tagName.toLowerCase()} ${one.ariaLabel ?? one.innerText ?? one.name}`.slice(0, 60),
        ringed: ringed(one) || ringed(one.closest('label')) || ringed(one.parentElement)
            || ringed(one.nextElementSibling),
    };
}"""
WIDER = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    return [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > room + 1)
        .map((one) => `${one.tagName.toLowerCase()}.${one.className} ${one.innerText?.slice(0, 40)}`);
}"""


def judge(page, name):
    """Judge what a page shows now, and photograph it as `name` in light, dark and narrow."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        picture(page, f"{name}-{scheme}")
        found = complaints(page, *([] if scheme == "light" else OF_COLOURS))
        assert not found, "\n".join([f"{name} in {scheme}", *found])
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(NARROW)
    picture(page, f"{name}-narrow")
    wider = page.evaluate(WIDER)
    assert not wider, "\n".join([f"{name} does not fit", *wider])
    page.set_viewport_size(WIDE)
    walk(page)


def picture(page, name):
    PICTURES.mkdir(exist_ok=True)
    is_whole = page.locator("dialog:modal").count() == 0  # what lies behind one is dimmed as far as one sees
    page.screenshot(path=PICTURES / f"{name}.png", full_page=is_whole, animations="disabled")


def complaints(page, *rules):
    """What axe says against the page, by these rules or all; asked by the debugger, whom no policy concerns."""
    only = f"runOnly: {list(rules)}" if rules else ""
    session = page.context.new_cdp_session(page)
    try:
        _evaluated(session, AXE.read_text(encoding="utf-8"))
        return json.loads(_evaluated(session, FOUND % only))
    finally:
        session.detach()


def _evaluated(session, expression):
    answer = session.send(
        "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
    )
    assert "exceptionDetails" not in answer, answer
    return answer["result"].get("value")


def walk(page):
    """Go once around with the tab key: everything is met, and one sees where one is.

    The way begins where the focus is, and leads through the browser's own controls, which are no stop.
    """
    page.evaluate("window.stops = 0")
    wanted, met, last = page.evaluate(REACHABLE), {}, None
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here and here["stop"] in met and here["stop"] != last:  # a date has a stop for each of its parts
            break
        if here:
            met[here["stop"]] = here
            last = here["stop"]
    page.evaluate("document.querySelectorAll('[data-stop]').forEach((one) => delete one.dataset.stop)")
    assert [one["what"] for one in met.values() if not one["ringed"]] == []
    assert sum(not one["scrolls"] for one in met.values()) == wanted, [one["what"] for one in met.values()]
