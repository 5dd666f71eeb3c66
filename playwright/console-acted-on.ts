/** What a test does on a console of a real cluster to a job's insides: takes a subscriber off, restarts a child, gives a task other code. */
import { expect } from "vitest";
import { live, type OpenConsole, type Printing, shoot, SOON } from "./console-of-up.ts";

export async function actsOnInsides({ page, complaints }: OpenConsole, program: Printing): Promise<void> {
  await live(page);
  const go = (name: string): Promise<void> =>
    page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  const done = (words: string): Promise<void> =>
    page.getByRole("log", { name: "What was done" }).getByText(words).last().waitFor(SOON);
  const confirm = (verb: string): Promise<void> =>
    page.getByRole("dialog").getByRole("button", { name: verb, exact: true }).click();
  /** Opens the task and sends it a text. */
  const send = async (fn: string, text: string): Promise<void> => {
    await go("Tasks");
    await page.getByRole("searchbox").fill(`fn:${fn}`);
    await page.getByRole("region", { name: "Table of tasks" }).getByRole("link", { name: fn }).first().click();
    await page.getByRole("button", { name: "Send a message …" }).click();
    await page.getByRole("textbox").fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await done(`Sent to ${fn}.`);
  };

  await program.prints("till opened", 1);
  await go("Supervision");
  await page.getByRole("button", { name: /^Restart till of/ }).click();
  await confirm("Restart till");
  await program.prints("till opened", 2);
  await page.getByText("restarted 1 time").waitFor(SOON);
  await shoot(page, "real-supervision");

  await send("shop", "publish");
  await program.prints("news published", 1);
  await go("Channels");
  await page.getByRole("button", { name: "news", exact: true }).click();
  await page.getByRole("button", { name: /^Unsubscribe .* from news$/ }).click();
  await confirm("Unsubscribe");
  await page.getByText("Nobody subscribes to it now.").waitFor(SOON);
  await send("shop", "publish");
  await program.prints("shop was asked", 2);
  expect(program.lines.filter((line) => line === "news published").length).toBe(1);

  await go("Code");
  await page.getByRole("button", { name: "Upgrade the tasks of tells" }).click();
  await confirm("Upgrade");
  await done("1 task of tells run other code now.");
  await send("tells", "hello");
  await program.prints('second code got "hello"', 1);
  await go("Code");
  await shoot(page, "real-code");
  expect(complaints).toEqual([]);
}
