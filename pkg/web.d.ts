/**
 * The same functions without the inlined bytes, for pages that count them: say where the module
 * is, once, before the first call.
 *
 * @example
 * ```js
 * import { init, plan } from "evenhand/web";
 * import url from "evenhand/evenhand.wasm?url"; // the bundler's way to get the address of a file
 *
 * await init(url);
 * ```
 *
 * @packageDocumentation
 */

export * from "./index.js";

/**
 * Loads the module. Calls after the first do nothing.
 *
 * @param source - The address of `evenhand.wasm`, a response with it, its bytes, or the compiled module.
 */
export function init(source: ModuleSource | Promise<ModuleSource>): Promise<void>;

/** What a WebAssembly module can be made of; needs the types of a browser or of Node. */
export type ModuleSource = string | URL | Response | BufferSource | WebAssembly.Module;
