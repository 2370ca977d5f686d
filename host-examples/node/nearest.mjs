// What somebody may have meant.

import { closest, distance } from 'fastest-levenshtein';

/** Returns the one of `words` that somebody may have meant by `word`, if there is one that is near. */
export function nearest(word, words) {
  if (words.length === 0) return undefined;
  const found = closest(word, words);
  const length = Math.max(word.length, found.length);
  // Two letters that change places are a distance of two.
  return distance(word, found) <= Math.max(length > 3 ? 2 : 1, Math.floor(length / 3)) ? found : undefined;
}
