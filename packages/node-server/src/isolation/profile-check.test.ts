import { expect, test } from "vitest";
import { checkProfile, offerOf } from "./profile-check.ts";

const entry = "/none";

test("a Node that can't confine code is refused, with what to do", () => {
  for (const nodeVersion of ["20.19.0", "22.22.0", "24.12.0", "25.2.1"]) {
    expect(() => checkProfile("guarded", { entry, nodeVersion })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", hint: "install Node 24.13 or later" }),
    );
  }
  for (const nodeVersion of ["24.13.0", "25.3.0", "26.0.0"]) checkProfile("guarded", { entry, nodeVersion });
  checkProfile("trusted", { entry, nodeVersion: "20.19.0" });
});

test("what the system has nothing for is refused, with what else to choose", () => {
  expect(() => checkProfile("uid", { entry, platform: "win32" })).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining("can't run code uid") }),
  );
  expect(() => checkProfile("sealed", { entry, platform: "darwin" })).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID", hint: "choose --isolation guarded or uid" }),
  );
});

test("a node says that code has the network where it can't be kept from it", () => {
  const open = !process.allowedNodeEnvironmentFlags.has("--allow-net");
  expect(offerOf("guarded", {}).allow.net).toBe(open ? true : undefined);
  expect(offerOf("sealed", { run: true })).toEqual({ isolation: "sealed", allow: { run: true } });
  expect(offerOf("trusted", { run: true })).toEqual({ isolation: "trusted", allow: {} });
});
