// Loaded before the host, with --expose-gc: on SIGUSR2 it says on stderr what the process holds on to.

const memories = [];
const { Instance } = WebAssembly;

WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports);
    if (this.exports.memory) memories.push(this.exports.memory);
  }
};

process.on('SIGUSR2', () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const pages = memories.reduce((sum, { buffer }) => sum + buffer.byteLength / 65_536, 0);
  process.stderr.write(`memory ${JSON.stringify({ heap: heapUsed, external, rss, pages })}\n`);
});
