/** What `skein/testing` is: all that the package below exports, by name. */

export {
} from "@skein/runtime/testing";
