// The files beside the runners, for those that have Node's file system.
import { readFileSync } from "node:fs";
import { read } from "./suite.mjs";

export const file = (name) => readFileSync(new URL(name, import.meta.url));

/** What is asked. */
export const questions = read({ inputs: file("inputs.bin"), answers: file("answers.bin"), names: file("names.txt") });
