// `node --import` of this checks every plan that a program gets from the package `evenhand`, in the program and in whatever it
// starts with the same NODE_OPTIONS: the tests of the hosts run so. A plan that is not sound ends the process.
import { register } from "node:module";

register("./hooks.mjs", import.meta.url);
