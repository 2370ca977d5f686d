// What the README shows, section by section: its files, its commands and its headers.
import { readFileSync } from "node:fs";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [, where] = /^## Where it runs\n(.*?)^## /ms.exec(readme);

/** Heading to `{ files, commands, headers }`. */
export const sections = new Map(
  where.split(/^### /m).slice(1).map((section) => {
    const shown = { files: {}, commands: [], headers: {} };
    for (const [, info, text] of section.matchAll(/^```(.*)\n([^]*?)^```$/gm)) {
      const [language, name] = info.split(" ");
      if (language === "sh") {
        shown.commands.push(...text.trim().split("\n"));
      } else if (language === "http") {
        Object.assign(shown.headers, Object.fromEntries(text.trim().split("\n").map((line) => line.split(/: (.*)/))));
      } else {
        shown.files[name] = text;
      }
    }
    return [section.slice(0, section.indexOf("\n")), shown];
  }),
);
