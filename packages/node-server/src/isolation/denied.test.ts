import { expect, test } from "vitest";
import { explainDenied } from "./denied.ts";

const denied = (fields: object): Error =>
  Object.assign(new Error("Access to this API has been restricted. Use --allow-fs-read to manage permissions."), {
    code: "ERR_ACCESS_DENIED",
    ...fields,
  });

test("what a profile refuses is told in words that help here", () => {
  const error = denied({ permission: "FileSystemRead", resource: "/data/a" });
  explainDenied(error);
  expect(error.message).toBe(
    'this node confines code, and refused FileSystemRead /data/a: ask for it by openJob({ allow: { read: ["/data/a"] } }); the node has to offer it: --allow read=/data/a',
  );
  expect(error.stack).toContain("--allow read=/data/a");
  expect(error.stack).not.toContain("--allow-fs-read");
  const run = denied({ permission: "ChildProcess", resource: "ffmpeg" });
  explainDenied(run);
  expect(run.message).toContain("--allow run");
  const inspector = denied({ permission: "Inspector" });
  explainDenied(inspector);
  expect(inspector.message).toContain("nothing in its profile allows that");
});

test("other errors stay as they are", () => {
  const error = Object.assign(new Error("none"), { code: "ENOENT" });
  explainDenied(error);
  expect(error.message).toBe("none");
});
