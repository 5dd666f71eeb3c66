import { expect, test } from "vitest";
import { sshAddress } from "./ssh-address.ts";

test("an address says whom ssh dials, which Node runs there, and how many workers", () => {
  expect(sshAddress("ssh://ada@maxi:2222/8?node=/opt/node/bin/node")).toEqual({
    name: "ssh://ada@maxi:2222",
    words: ["-p", "2222", "--", "ada@maxi"],
    destination: "-p 2222 ada@maxi",
    node: "/opt/node/bin/node",
    workers: 8,
  });
  expect(sshAddress("ssh://maxi")).toMatchObject({ words: ["--", "maxi"], node: "node", workers: undefined });
  expect(sshAddress("ssh://ada@[fd00::7]/2")).toMatchObject({ words: ["--", "ada@fd00::7"], workers: 2 });
});

test("what a shell or ssh could take for something else is refused, and so is a password", () => {
  for (const address of [
    "ssh://-oProxyCommand=x/2",
    "ssh://ada@maxi/2?node=node;ls",
    "ssh://a%20b@maxi",
    "ssh://ada:secret@maxi",
    "ssh://maxi/0",
    "ssh://maxi/1e3",
    "ssh://maxi/5000",
    "ssh://maxi?nod=x",
    "http://maxi",
    "maxi/8",
    "ssh://",
  ]) {
    expect(() => sshAddress(address), address).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", hint: expect.stringContaining("ssh://user@host:22/8") }),
    );
  }
});
