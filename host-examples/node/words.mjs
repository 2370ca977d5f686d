// What people read for a code: Evenhand's own words, which its package has for every one.

import { createRequire } from 'node:module';

const WORDS = createRequire(import.meta.url)('evenhand/words.json');

/** The codes of why a conversation waits. */
export const WAIT_REASONS = Object.keys(WORDS.wait);

/** Returns the words for a code of that kind: `assign`, `wait` or `gate`. `n`: of so many conversations, or members. */
export function words(kind, code, n = 1) {
  const found = WORDS[kind][code] ?? plain(code);
  return found[n === 1 ? 'one' : 'other'] ?? found;
}

/** Returns the words for a need: its skill, and the level where it is not the lowest. */
export function needed({ skill, level }) {
  return level > 1 ? `${skill} ${level}` : skill;
}

/** Returns the code itself, where it stands for its words. */
export function plain(code) {
  return code.replaceAll('_', ' ');
}
