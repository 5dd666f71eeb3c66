/** For tests of the console in engines that Playwright does not drive: a page that runs scripts. */
import { launchFirefox } from "../tools/engines/firefox.ts";
import { launchWebKit } from "../tools/engines/webkit.ts";

/** Run in the page: finds things as people do, by their words, and waits for them. */
const IN_PAGE = `
const until = async (what, look) => {
  for (const endMs = Date.now() + 25_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = look();
    if (found) return found;
    if (Date.now() > endMs) throw new Error("no " + what + ": " + document.body.innerText.slice(0, 600));
  }
};
const button = (name) => [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === name);
`;

/** A page of another engine, which runs the bodies of async functions; the page's policy knows no eval. */
export async function openIn(
  name: "firefox" | "webkit",
  url: string,
): Promise<AsyncDisposable & { run(body: string): Promise<unknown> }> {
  const engine = name === "firefox" ? await launchFirefox() : await launchWebKit();
  await engine.open(url);
  return {
    run: async (body) => {
      const script = `(async () => { ${IN_PAGE} ${body} })()`;
      return "page" in engine ? await engine.page.evaluate(script) : await engine.driver.evaluate(`return ${script}`);
    },
    [Symbol.asyncDispose]: () => engine.close(),
  };
}
