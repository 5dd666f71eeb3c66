/** skein on Node: importing it installs Node's platform (its only import effect). */
import { installPlatform } from "@skein/runtime/host";
import { createNodePlatform } from "./platform/node-platform.ts";

installPlatform(createNodePlatform());
