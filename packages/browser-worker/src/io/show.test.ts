import { expect, test } from "vitest";
import { showAbility } from "./show.ts";
import { VIEW_SCRIPT_HASH, viewScript } from "./view-page.ts";

const SOON = { timeout: 30_000 };
const always = new AbortController().signal;

/** Views in frames that this page may look into, which in a page they may not. */
function shown() {
  const frames: HTMLIFrameElement[] = [];
  const sandboxes: string[] = [];
  const ability = showAbility({
    add: (element) => {
      if (!(element instanceof HTMLIFrameElement)) throw new Error("a view is a frame");
      sandboxes.push(element.sandbox.value);
      element.removeAttribute("sandbox");
      frames.push(element);
      document.body.append(element);
      return () => element.remove();
    },
  });
  const call = async (name: string, ...args: readonly unknown[]): Promise<unknown> =>
    await ability.calls[name]?.(args, always);
  const find = async (selector: string): Promise<HTMLElement> => {
    const found = () => frames.at(-1)?.contentDocument?.querySelector<HTMLElement>(selector);
    await expect.poll(found, SOON).toBeTruthy();
    return found() ?? document.body;
  };
  return { call, end: () => ability.end(), frames, sandboxes, find };
}

test("a person's clicks, changes and answers come as events, until the view is closed", async () => {
  const { call, end, sandboxes, find } = shown();
  const view = await call(
    "open",
    "<button name=go value=1><b>Go</b></button><form name=f><input name=a value=2><button>Send</button></form>",
  );
  const next = async (): Promise<unknown> => await call("next", view);
  const event = next();
  (await find("b")).click();
  expect(await event).toEqual({ done: false, value: { type: "click", name: "go", value: "1" } });
  const input = await find("input");
  Object.assign(input, { value: "3" });
  input.dispatchEvent(new Event("change", { bubbles: true }));
  (await find("form button")).click();
  expect(await next()).toEqual({ done: false, value: { type: "change", name: "a", value: "3" } });
  expect(await next()).toEqual({ done: false, value: { type: "submit", name: "f", value: { a: "3" } } });
  await call("update", view, "<i>other</i>");
  expect((await find("i")).ownerDocument.querySelector("button")).toBeNull();
  const last = next();
  await call("close", view);
  expect(await last).toEqual({ done: true, value: undefined });
  expect(await next()).toEqual({ done: true, value: undefined });
  expect(sandboxes).toEqual(["allow-scripts allow-forms"]);
  end();
});

test("what would run or lead elsewhere is taken out of a view, and nothing is loaded", async () => {
  const { call, end, frames, find } = shown();
  await call(
    "open",
    `<meta http-equiv=refresh content="0;url=/elsewhere"><base href="https://a.example/"><script>parent.ran = 1</script>
     <img src="/none.png" onerror="parent.ran = 2"><a href="/elsewhere" target=_top>a</a><iframe srcdoc="b"></iframe>
     <svg onload="parent.ran = 3"><a xlink:href="javascript:parent.ran = 4"><text>t</text></a><set attributeName=href to=c /></svg>
     <form action="/elsewhere"><button formaction="/elsewhere">d</button></form><style>p { color: red }</style><p id=p>last</p>`,
  );
  const { ownerDocument: inside } = await find("#p");
  expect(inside.querySelector("meta:not(head meta), base, body script:not(:first-child), iframe, set")).toBeNull();
  for (const name of ["onerror", "onload", "href", "target", "action", "formaction"])
    expect(inside.querySelector(`[${name}]`)).toBeNull();
  expect(inside.querySelector("svg a")?.getAttributeNames()).toEqual([]);
  // Chromium lists what it has not asked for.
  const asked = inside.defaultView?.performance.getEntriesByType("resource") ?? [];
  expect(asked.filter((one) => one instanceof PerformanceResourceTiming && one.responseStart > 0)).toEqual([]);
  expect(Reflect.get(globalThis, "ran")).toBeUndefined();
  const [frame] = frames;
  expect(frame?.isConnected).toBe(true);
  end();
  expect(frame?.isConnected).toBe(false);
});

test("fields whose names are those of a form's own parts, or of the page's, do no harm", async () => {
  const { call, end, find } = shown();
  const names = ["attributes", "getAttributeNames", "removeAttribute", "remove", "closest", "getAttribute"];
  const fields = names.map((name) => `<input name=${name}>`).join("");
  const view = await call("open", `<form name=body action="/elsewhere">${fields}<button>Send</button></form>`);
  expect((await find("form")).outerHTML).not.toContain("elsewhere");
  (await find("button")).click();
  expect(await call("next", view)).toMatchObject({ value: { type: "submit", name: "body" } });
  await call("update", view, "<p id=p>next</p>");
  expect((await find("#p")).textContent).toBe("next");
  end();
});

test("more views than the limit are refused", async () => {
  const { call, end } = shown();
  for (let view = 0; view < 4; view += 1) await call("open", "a view");
  await expect(call("open", "one more")).rejects.toMatchObject({ code: "LINK_OVERLOADED" });
  end();
});

test("the policy of views names the script that is in them", async () => {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(viewScript)));
  expect(VIEW_SCRIPT_HASH).toBe(`sha256-${btoa(String.fromCharCode(...digest))}`);
});
