/** What a test does on a console of a real cluster: looks who is connected, makes and ends an invite, records and plays back. */
import { expect } from "vitest";
import { live, type OpenConsole, shoot, SOON } from "./console-of-up.ts";

export async function invitesAndRecords(
  { page, complaints }: OpenConsole,
  openRecording: (file: string) => Promise<OpenConsole>,
): Promise<void> {
  await live(page);
  const go = (name: string): Promise<void> =>
    page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  await go("Topology");
  await page.getByRole("button", { name: "console peer" }).first().waitFor(SOON);
  await page
    .getByRole("button", { name: /scheduler$/ })
    .first()
    .waitFor(SOON);
  await shoot(page, "real-topology");
  await go("Invite");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("img", { name: "The link as a QR code" }).waitFor(SOON);
  await page
    .getByRole("button", { name: /^Revoke the invite for tab/ })
    .first()
    .click();
  await page.getByRole("button", { name: "Revoke invite" }).click();
  await page.getByText("It is ended: nobody joins by it any more.").waitFor(SOON);
  await go("Record");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save the recording" }).click(),
  ]);
  const file = await download.path();
  await page.getByLabel(/^A file that was saved/).setInputFiles(file);
  await page.getByRole("slider", { name: "Time shown" }).waitFor(SOON);
  await go("Topology");
  await page.getByRole("button", { name: "console peer" }).first().waitFor(SOON);
  await page.getByText("No acts here: a recording can’t be changed.").waitFor(SOON);
  await page.getByRole("region", { name: "Recording" }).getByRole("button", { name: "Close" }).click();
  await live(page);
  expect(complaints).toEqual([]);

  const alone = await openRecording(file);
  await alone.page.getByRole("slider", { name: "Time shown" }).waitFor(SOON);
  await alone.page.getByRole("navigation").getByRole("link", { name: "Nodes", exact: true }).click();
  await alone.page.getByRole("region", { name: "Table of nodes" }).getByRole("link").first().waitFor(SOON);
  await alone.page.getByRole("region", { name: "Recording" }).getByRole("button", { name: "Close" }).click();
  await alone.page.getByText("This console has no cluster.").waitFor(SOON);
  expect(alone.complaints).toEqual([]);
}
