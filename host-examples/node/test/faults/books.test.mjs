// The check itself: it finds nothing wrong with what is right, and each kind of wrong by its code.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkBooks } from '../../test-support/consistency.mjs';
import { untilHostsAreGone } from '../../test-support/host.mjs';
import { readLedger } from '../../test-support/ledger.mjs';
import { ledgerDesk } from '../../test-support/ledger-desk.mjs';
import { RETURNING } from '../../test-support/people.mjs';
import { startPostgres } from '../../test-support/postgres.mjs';

let server;
let evidence;
before(async () => {
  server = await startPostgres();
  evidence = await threeTicks();
});
after(() => server?.stop());

/** What is heard of three ticks: a conversation is taken during the first, which is a lost claim, and two come before the third. */
async function threeTicks() {
  const desk = await ledgerDesk(server, { waiting: 20 });
  const client = await desk.connect();
  const act = async (sql) => desk.acts.push(...(await client.query(sql + RETURNING)).rows);
  const tick = async () => assert.equal((await (await desk.host(['--once'])).ended).code, 0);
  await client.query('BEGIN');
  await act('UPDATE conversations SET assigned_user_id = 12 WHERE id = 1');
  await tick();
  await client.query('COMMIT');
  await tick();
  await act('INSERT INTO conversations (contact_id, inbox_id, assigned_team_id, status_id) SELECT 1000000, 1, 3, 1 FROM generate_series(1, 2)');
  await tick();
  await untilHostsAreGone(client);
  await desk.close();
  return { ledger: await readLedger(client), heard: desk.heard, acts: desk.acts };
}

const codes = (witnesses) => [...new Set(checkBooks(witnesses).problems.map(({ code }) => code))].sort();

test('three ticks are in order', () => {
  const { problems, found } = checkBooks(evidence);
  assert.deepEqual(problems, []);
  assert.deepEqual(found, { versions: 3, assigned: 17, lost: 1, acts: 3 });
});

const own = (ledger, version) => ledger.changes.filter(({ xid }) => xid === ledger.versions[version].xid);
const claims = (heard) => heard.filter(({ sql }) => sql.startsWith('-- Writes a plan'));
const replan = (statement, change) => {
  const plan = JSON.parse(statement.values[1]);
  change(plan);
  statement.values[1] = JSON.stringify(plan);
};

/** What is done to the evidence, and what the check must say then. */
const WRONGS = {
  'a row is not there': [({ ledger }) => { ledger.changes.splice(ledger.changes.indexOf(own(ledger, 3)[0]), 1); }, ['books', 'row', 'totals']],
  'a row is written on its own': [({ ledger }) => { own(ledger, 3)[0].xid = '999999'; }, ['books', 'unpaid']],
  'somebody else got it': [({ ledger }) => {
    const [change] = own(ledger, 3);
    change.new.agent = 5;
    ledger.rows.find(({ conversation }) => conversation === change.conversation).now.agent = 5;
  }, ['books', 'totals']],
  'a lost claim is forgotten': [({ ledger }) => { ledger.versions[1].lost_claims = '[]'; }, ['books', 'stale', 'totals']],
  'a lost claim is of somebody else': [({ ledger }) => {
    ledger.versions[1].lost_claims = ledger.versions[1].lost_claims.replace(/"agent":"\d+"/, '"agent":"99"');
  }, ['books', 'stale', 'totals']],
  'a lost claim is of another set': [({ ledger }) => {
    ledger.versions[1].lost_claims = ledger.versions[1].lost_claims.replace('"why":"turn"', '"why":"turn","set":7');
  }, ['books', 'stale']],
  'a loss is not remembered as the one it is': [({ ledger }) => {
    ledger.versions[1].lost_claims = ledger.versions[1].lost_claims.replace('"losses" : 1', '"losses" : 2');
  }, ['books']],
  'what is gone is remembered': [({ ledger }) => {
    ledger.versions[2].lost_claims = ledger.versions[1].lost_claims;
  }, ['books', 'stale', 'totals']],
  'the cursors are not the plan\'s': [({ ledger }) => {
    ledger.versions[3].cursors = ledger.state.cursors = ledger.state.cursors.replace(/"owed":-?\d+/, '"owed":7');
  }, ['totals', 'unknown_plan']],
  'the plan is not Evenhand\'s': [({ heard }) => { replan(claims(heard)[2], (plan) => { plan.decisions[0].agent = '5'; }); }, ['totals', 'unknown_plan']],
  'a version is written twice': [({ ledger }) => { ledger.versions.splice(2, 0, { ...ledger.versions[2] }); }, ['unknown_plan', 'version']],
  'a version is left out': [({ ledger }) => { ledger.versions.splice(2, 1); }, ['totals', 'unknown_plan', 'version']],
  'a conversation is given twice': [({ ledger }) => { ledger.changes.push({ ...own(ledger, 3)[0], xid: '999999' }); }, ['chain', 'totals', 'unpaid']],
  'the host takes what a person has': [({ ledger }) => { own(ledger, 1)[0].old.agent = 12; }, ['chain', 'overwritten']],
  'the host moves a conversation': [({ ledger }) => { own(ledger, 3)[0].old.team = 2; }, ['chain', 'overwritten']],
  'a person\'s act is not there': [({ acts }) => { acts.push({ xid: '999999', conversation: 3, now: { agent: 1, team: 1, status: 1 } }); }, ['act_lost']],
  'a person meant something else': [({ acts }) => { acts[0].now.agent = 7; }, ['act_lost']],
  'nobody knows who did it': [({ acts }) => { acts.pop(); }, ['stranger']],
  'a row changed without a trace': [({ ledger }) => { ledger.rows[0].now.status = 4; }, ['row']],
  'a row is gone without a trace': [({ ledger }) => { ledger.rows.pop(); }, ['row']],
  'the state changed without a trace': [({ ledger }) => { ledger.state.version = 9; }, ['state']],
  'somebody was full by then': [({ ledger }) => {
    // As much as team 3 allows, which nobody gave them meanwhile.
    const { agent } = own(ledger, 3)[0].new;
    const old = { agent: null, team: null, status: null };
    for (let n = 0; n < 9; n += 1) {
      const held = { conversation: 5000 + n, old, new: { agent, team: 3, status: 1 }, came: true, gone: false, host: false, xid: ledger.versions[0].xid };
      ledger.changes.unshift(held);
      ledger.rows.push({ conversation: held.conversation, now: held.new });
    }
  }, ['over_limit']],
};

for (const [what, [tamper, expected]] of Object.entries(WRONGS)) {
  test(`found: ${what}`, () => {
    const tampered = structuredClone(evidence);
    tamper(tampered);
    assert.deepEqual(codes(tampered), expected);
  });
}
