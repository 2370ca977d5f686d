// A scenario as the part of an address behind the `#`: JSON, deflated, in base64url. What is there never
// reaches a server.

/** Longer addresses do not survive every chat and mail program. */
const LONGEST = 16_000;
const NAME = 'desk=';

export interface Linked {
  scenario: unknown;
  at: number;
}

/** Returns the hash without its `#`; `undefined` where the desk is too large for an address. */
export async function hashOf(linked: Linked): Promise<string | undefined> {
  const bytes = await through(new Blob([JSON.stringify(linked)]), new CompressionStream('deflate-raw'));
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  const hash = NAME + btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return hash.length > LONGEST ? undefined : hash;
}

/** Returns what a hash holds; `undefined` where it is about something else. Throws where it is cut off. */
export async function linkedBy(hash: string): Promise<Linked | undefined> {
  const text = hash.replace(/^#/, '');
  if (!text.startsWith(NAME)) return undefined;
  const base64 = text.slice(NAME.length).replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const json = await through(new Blob([bytes]), new DecompressionStream('deflate-raw'));
  return JSON.parse(new TextDecoder().decode(json)) as Linked;
}

async function through(blob: Blob, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(blob.stream().pipeThrough(stream as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>)).arrayBuffer());
}
