/** The console while its cluster ends and comes back. A file of its own: it waits most of its time. */
import { once } from "node:events";
import { expect, test } from "vitest";
import { freePort } from "../packages/node-server/src/free-port.ts";
import { ConsoleOfUp, live, SERVERS, shoot, SOON } from "./console-of-up.ts";

const up = new ConsoleOfUp();

test("after kill -9 of skein up its last state stays; when it is back, the page shows the new cluster only", async () => {
  // A machine that outlives the scheduler holds a job's servers, and tells the next scheduler so.
  const tcp = String(await freePort("127.0.0.1", 24_500));
  await up.start({ tcp });
  const node = await up.startNode();
  const { page, url, complaints } = await up.open();
  await live(page);
  await expect.poll(() => page.locator("tbody canvas").count(), SOON).toBe(SERVERS + 1);
  const client = up.runJob("of the old cluster", 30, 8000, 2);
  await page.getByRole("progressbar", { name: "of the old cluster: tasks finished" }).waitFor(SOON);
  await expect.poll(() => page.getByRole("row", { name: /compute/ }).count(), SOON).toBe(SERVERS + 1);
  // Its client neither ends nor answers, so the next scheduler knows of the job by the machine's word only.
  client.kill("SIGSTOP");
  const exited = once(up.cluster.process, "exit");
  up.cluster.process.kill("SIGKILL");
  await exited;
  // At once, and long before it is given up.
  await page.getByText(/^Not connected since \d\d:\d\d:\d\d/).waitFor(SOON);
  expect(await page.getByText("Live", { exact: true }).count()).toBe(0);
  const banner = page.getByText("The cluster ended, or can’t be reached.");
  await banner.waitFor(SOON);
  expect(await page.locator("tbody canvas").count()).toBe(SERVERS + 1);
  await page.getByText("of the old cluster").first().waitFor(SOON);
  expect(await page.getByRole("status").textContent()).not.toContain("fetch");
  // It tries to reach its console only, nowhere that its own policy forbids.
  expect(complaints.filter((one) => one.includes("Content Security Policy"))).toEqual([]);
  await shoot(page, "real-ended");
  await up.start({ tcp, consolePort: new URL(url).port });
  await live(page);
  await page.getByText(/The cluster was restarted at \d\d:\d\d:\d\d/).waitFor(SOON);
  // The machine is back, with the lease of a job whose client is not.
  await expect.poll(() => page.locator("tbody canvas").count(), SOON).toBe(SERVERS + 1);
  expect((await up.status()).servers.filter((server) => server.state === "assigned").length).toBe(1);
  for (const shown of [page, (await up.open()).page]) {
    await live(shown);
    await shown.getByRole("heading", { name: "Nothing has run yet" }).waitFor(SOON);
    expect(await shown.getByRole("heading", { level: 3 }).allTextContents()).toEqual(["Nothing has run yet"]);
    expect(await shown.locator("main").textContent()).not.toContain("of the old cluster");
    expect(await shown.getByText("Nothing went wrong since this page was opened.").count()).toBe(1);
  }
  await shoot(page, "real-restarted");
  client.kill("SIGCONT");
  await page.getByRole("progressbar", { name: "of the old cluster: tasks finished" }).waitFor(SOON);
  up.runJob("after the restart", 40, 60);
  await page.getByRole("progressbar", { name: "after the restart: tasks finished" }).waitFor(SOON);
  await up.ended(node);
});
