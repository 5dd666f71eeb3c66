import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createNodePeer } from "./create-node-peer.ts";
import { listenError } from "./listen-error.ts";

test.each(["", "ws://"])("an address that is taken (%s) is told in a line, with what to do", async (scheme) => {
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const listen = ["127.0.0.1:0", `${scheme}127.0.0.1:${port}`];
  await expect(createNodePeer({ newCluster: true, listen })).rejects.toMatchObject({
    code: "OPTION_INVALID",
    message: `can't listen on ${scheme}127.0.0.1:${port} (another program has that port)`,
    hint: expect.stringContaining("--listen"),
  });
});

test("other errors stay as they are", () => {
  const error = new RangeError("x");
  expect(listenError(error)).toBe(error);
});
