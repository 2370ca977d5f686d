// Locks rows for as long as a test wants. In one transaction: a connection that nobody has borrowed is closed after ten seconds, with its locks.

/** Runs a statement that locks rows of `desk`, and returns what gives them free. @param {import('../../node/desk.mjs').Desk} desk */
export async function lockRows(desk, text, values) {
  const locked = promise();
  const unlocked = promise();
  const ended = desk.transaction(async (query) => {
    await query(text, values);
    locked.resolve();
    await unlocked.promise;
  }, 'ROLLBACK');
  await Promise.race([locked.promise, ended]);
  return () => {
    unlocked.resolve();
    return ended;
  };
}

/** Returns a promise and what resolves it. */
function promise() {
  let resolve;
  return { promise: new Promise((done) => { resolve = done; }), resolve };
}
