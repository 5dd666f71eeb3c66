#!/usr/bin/env node
// The command `skein`. Old syntax on purpose: an old Node must get far enough to say what is missing.
import os from "node:os";

var needed = 24;
if (Number(process.versions.node.split(".")[0]) < needed) {
  process.stderr.write(
    "skein: needs Node " +
      needed +
      " or newer, this is " +
      process.version +
      " (" +
      process.execPath +
      ")\n" +
      "       install it from https://nodejs.org, or with npm into your project: npm install node@" +
      needed +
      "\n",
  );
  process.exit(2);
}
import("node:module")
  .then(function (nodeModule) {
    // Compiled modules are kept: the command starts three times as fast. (compile-cache.ts has the same folder.)
    var env = process.env;
    if (env.NODE_COMPILE_CACHE === undefined) {
      nodeModule.enableCompileCache((env.XDG_CACHE_HOME || os.homedir() + "/.cache") + "/skein/compiled");
    }
    return import("@skein/node-server/cli");
  })
  .then(function (cli) {
    return cli.main(process.argv.slice(2));
  })
  .then(
    function (code) {
      process.exit(code);
    },
    function (error) {
      process.stderr.write(String((error && error.stack) || error) + "\n");
      process.exit(1);
    },
  );
