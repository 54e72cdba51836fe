import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainState, isConsistent, isIncluded, leafHash, openSigningKeyFile, readCheckpoint } from '@vigil/audit-chain';
import { PatientId } from '@vigil/contracts';
import { openTestStores, type TestStores } from '../../test/contract/sql-fixture.js';
import { auditEntry } from '../ports/audit-trail.js';
import { CHECKPOINT_EVERY_MS, Checkpoints } from './checkpoints.js';
import { nodesOf, proveEntry, proveGrowth, stateAt } from './log-nodes.js';
import { ROTATION_ASKED_FILE, rotationByFile, type SigningKeyRotation } from './signing-key-rotation.js';
import { DISPOSE_MAX, disposeOfOldest } from './retention.js';

const DAY_MS = 86_400_000;
let t: TestStores;
let folder: string;
beforeEach(async () => {
  t = await openTestStores();
  folder = mkdtempSync(join(tmpdir(), 'vigil-key-'));
});
afterEach(async () => {
  await t.end();
  rmSync(folder, { recursive: true, force: true });
});

const signer = (create = true) => openSigningKeyFile(join(folder, 'signing-key.json'), { create });
const write = async (count: number, patient?: string): Promise<void> => {
  const patientIds = patient === undefined ? [] : [PatientId.parse(patient)];
  const entry = auditEntry({ actor: 'amy', action: 'bed.read', object: 'bed:icu-1', outcome: 'allowed', patientIds });
  await Promise.all(Array.from({ length: count }, () => t.auditTrail.append(entry, t.clock.wallMs())));
};

function checkpoints(rotation?: SigningKeyRotation) {
  const published: string[] = [];
  const proofs: ((size: number) => Promise<readonly string[]>)[] = [];
  const made: number[] = [];
  const broken: string[] = [];
  const away: unknown[] = [];
  const loop = new Checkpoints({
    log: t.auditLog,
    clock: t.clock,
    openSigner: signer,
    ...(rotation === undefined ? {} : { rotation }),
    publish: (note, proofFrom) => {
      published.push(note);
      proofs.push(proofFrom);
    },
    report: {
      made: (size) => void made.push(size),
      broken: (why) => void broken.push(why),
      away: (error) => void away.push(error),
    },
  });
  return { loop, published, proofs, made, broken, away };
}

/** What a superuser does who knows of the triggers. */
function forge(...statements: string[]): void {
  const db = new DatabaseSync(t.file);
  for (const trigger of ['audit_no_update', 'audit_no_delete']) db.exec(`drop trigger ${trigger}`);
  for (const statement of statements) db.exec(statement);
  db.close();
}

test('a checkpoint is signed each minute, stored, and sent outside with a proof that the log only grew', async () => {
  const c = checkpoints();
  await write(3);
  await c.loop.look();
  await write(700);
  await c.loop.look();
  expect(c.made).toEqual([3]);
  await t.clock.advance(CHECKPOINT_EVERY_MS);
  await c.loop.look();
  expect(c.made).toEqual([3, 703]);
  const [first, second] = c.published.map((note) => {
    const read = readCheckpoint(note, signer().publicKeys);
    if (!read.ok) throw new Error(read.fault);
    return read.checkpoint;
  });
  const path = (await c.proofs[1]!(3)).map((hash) => Buffer.from(hash, 'base64'));
  expect(isConsistent(first!, second!, path)).toBe(true);
  expect(await t.auditLog.lastCheckpoint()).toMatchObject({ size: 703, note: c.published[1] });
});

test('a log that has not grown is signed too, so that its silence is noticed outside', async () => {
  const c = checkpoints();
  await c.loop.look();
  await t.clock.advance(CHECKPOINT_EVERY_MS);
  await c.loop.look();
  expect(c.made).toEqual([0, 0]);
  expect(new Set(c.published).size).toBe(2);
  expect((await t.auditLog.checkpoints(0, 10, 10)).map(({ note }) => note)).toEqual([c.published[0]]);
});

test('a thousand entries are signed without waiting for the minute', async () => {
  const c = checkpoints();
  await c.loop.look();
  await write(1_000);
  await c.loop.look();
  expect(c.made).toEqual([0, 1_000]);
});

test('the next process goes on from the stored checkpoint', async () => {
  const first = checkpoints();
  await write(5);
  await first.loop.look();
  await write(5);
  const second = checkpoints();
  await second.loop.look();
  expect([second.made, second.broken]).toEqual([[10], []]);
});

test.each([
  ['changed', `update audit set content = replace(content, 'icu-1', 'icu-2') where seq = 4`, /entry 4 was changed/],
  ['taken out', 'delete from audit where seq = 4', /entry 4 is missing/],
  ['cut off', 'delete from audit where seq >= 4', /ends at entry 6, and its entries lead elsewhere/],
])(
  'an entry that was %s since the last checkpoint is not signed, and that is said again and again',
  async (_what, statement, why) => {
    const c = checkpoints();
    await write(3);
    await c.loop.look();
    await write(3);
    forge(...statement.split('; '));
    await t.clock.advance(CHECKPOINT_EVERY_MS);
    await c.loop.look();
    await c.loop.look();
    expect(c.made).toEqual([3]);
    expect(c.broken).toEqual([expect.stringMatching(why), expect.stringMatching(why)]);
  },
);

test('a checkpoint of another site, or a lost signing key, is said at the start', async () => {
  const c = checkpoints();
  await write(3);
  await c.loop.look();
  rmSync(join(folder, 'signing-key.json'));
  const lost = checkpoints();
  await lost.loop.look();
  expect([lost.made, lost.broken]).toEqual([[], [expect.stringMatching(/missing/)]]);
  signer(true);
  const other = checkpoints();
  await other.loop.look();
  expect([other.made, other.broken]).toEqual([[], [expect.stringMatching(/not signed by this site/)]]);
});

test('a store that is away is no tampering, and is tried again', async () => {
  const c = checkpoints();
  const next = await t.again();
  await next.close();
  const loop = new Checkpoints({
    log: next.auditLog,
    clock: t.clock,
    openSigner: signer,
    publish: () => undefined,
    report: { made: () => undefined, broken: (why) => void c.broken.push(why), away: (error) => void c.away.push(error) },
  });
  await loop.look();
  expect([c.away, c.broken]).toEqual([[expect.objectContaining({ code: 'audit-unavailable' })], []]);
});

test('every entry is shown to be under a checkpoint, small subtrees from entries and large ones from the store', async () => {
  const c = checkpoints();
  await write(1_300);
  await c.loop.look();
  const last = await t.auditLog.lastCheckpoint();
  const read = readCheckpoint(last!.note, signer().publicKeys);
  if (!read.ok) throw new Error(read.fault);
  const { size, root } = read.checkpoint;
  for (const seq of [1, 2, 255, 256, 257, 1_024, 1_025, 1_299, 1_300]) {
    const path = (await proveEntry(t.auditLog, seq, size)).map((hash) => Buffer.from(hash, 'base64'));
    const [entry] = await t.auditLog.read({ afterSeq: seq - 1, toSeq: seq, limit: 1 });
    expect(isIncluded({ leaf: leafHash(Buffer.from(entry!.content)), index: seq - 1, size, root, path })).toBe(true);
  }
});

test('the state in the middle of the log is put together from what is kept', async () => {
  const c = checkpoints();
  await write(700);
  await c.loop.look();
  const at700 = (await t.auditLog.lastCheckpoint())!.state;
  await write(600);
  expect((await stateAt(t.auditLog, 700))?.serialise()).toBe(at700);
  expect((await stateAt(t.auditLog, 0))?.size).toBe(0);
});

test.each([
  ['whose state is gone', `delete from audit_state where name = 'checkpoint'`, /state .* is gone/],
  [
    'that are gone although a beginning was disposed of',
    `delete from audit_state where name = 'checkpoint'; drop trigger audit_checkpoint_no_delete; delete from audit_checkpoint; insert into audit_base select 5, content, '', 1 from audit_state`,
    /checkpoints .* gone/,
  ],
])('a start with checkpoints %s signs nothing and makes no key', async (_, statement, why) => {
  await write(10);
  await checkpoints().loop.look();
  forge(statement);
  rmSync(join(folder, 'signing-key.json'));
  const after = checkpoints();
  await after.loop.look();
  expect(after.made).toEqual([]);
  expect(after.broken[0]).toMatch(why);
  expect(existsSync(join(folder, 'signing-key.json'))).toBe(false);
});

describe('disposal', () => {
  const run = (retentionDays: number) => disposeOfOldest({ log: t.auditLog, clock: t.clock, retentionDays }, signer());
  const seqs = async () => (await t.auditLog.read({ afterSeq: 0, toSeq: 1e9, limit: 1e6 })).map(({ seq }) => seq);

  beforeEach(async () => {
    await write(10, 'pat-1');
    await t.clock.advance(10 * DAY_MS);
    await write(10, 'pat-2');
    await t.clock.advance(10 * DAY_MS);
    await write(2);
    await checkpoints().loop.look();
  });

  test('takes whole beginnings whose time is over, and an entry records it', async () => {
    expect(await run(15)).toBe(10);
    expect(await run(15)).toBe(0);
    expect((await seqs())[0]).toBe(11);
    const [row] = (await t.auditTrail.list({ limit: 1 })).items;
    expect(row).toMatchObject({ action: 'audit.dispose', object: 'audit:1..10', actor: 'system:retention' });
    expect((await t.auditTrail.list({ limit: 50, patientId: PatientId.parse('pat-1') })).items).toEqual([]);
  });

  test('stops before the first entry that is held, for one patient or for all', async () => {
    const who = () => ({
      staffId: 'eve',
      audit: auditEntry({ actor: 'eve', action: 'audit.hold', object: 'hold', outcome: 'allowed' }),
      wallMs: t.clock.wallMs(),
    });
    const hold = { holdId: 'h1', patientId: PatientId.parse('pat-2'), reason: 'litigation' as const, reference: '' };
    await t.auditLog.setHold(hold, who());
    expect(await run(1)).toBe(10);
    expect(await t.auditLog.isHeld(PatientId.parse('pat-2'))).toBe(true);
    expect(await t.auditLog.isHeld(PatientId.parse('pat-1'))).toBe(false);
    await t.auditLog.setHold({ ...hold, holdId: 'h2', patientId: null }, who());
    await t.auditLog.liftHold('h1', who());
    expect(await run(1)).toBe(0);
    await t.auditLog.liftHold('h2', who());
    expect(await run(1)).toBeGreaterThan(0);
  });

  test('leaves a log that is checked, proved and signed as before', async () => {
    const before = checkpoints();
    await before.loop.look();
    const size = before.made.at(-1)!;
    const state = await t.auditLog.state();
    await run(1);
    const base = (await t.auditLog.base())!;
    expect(base.size).toBe(20);
    const path = await proveGrowth(t.auditLog, 20, size);
    const read = readCheckpoint(before.published[0]!, signer().publicKeys);
    const signedBase = readCheckpoint(base.note, signer().publicKeys);
    if (!read.ok || !signedBase.ok) throw new Error('not signed');
    const hashes = path.map((hash) => Buffer.from(hash, 'base64'));
    expect(isConsistent(signedBase.checkpoint, read.checkpoint, hashes)).toBe(true);
    expect(await proveEntry(t.auditLog, 21, size)).not.toEqual([]);
    expect((await stateAt(t.auditLog, size))?.serialise()).toBe(state);
    await expect(proveEntry(t.auditLog, 3, size)).rejects.toThrow(/not at hand/);
    const after = checkpoints();
    await after.loop.look();
    expect([after.broken, after.made]).toEqual([[], [size + 1]]);
    expect(await nodesOf(t.auditLog)).toBeDefined();
  });

  test('takes nothing of a log that is not what its chain says', async () => {
    forge(`update audit set content = replace(content, 'icu-1', 'icu-2') where seq = 4`);
    await expect(run(1)).rejects.toThrow(/entry 4 of the audit trail follows/);
    expect((await seqs())[0]).toBe(1);
  });

  test.each([
    ['a time in a column that the entry does not say', 'update audit set at_wall_ms = 1', /entry 11 .* its time/],
    [
      'a hold on somebody whose rows were taken out of the index',
      `insert into audit_hold values ('h9', 'pat-1', 'litigation', '', 'eve', 1, null, null); delete from audit_patient`,
      /entry 1 .* held/,
    ],
    [
      'a beginning that nobody signed',
      `insert into audit_base select 10, content, '', 1 from audit_state where name = 'head'`,
      /base/,
    ],
  ])('is not led astray by %s', async (_, statement, why) => {
    forge('drop trigger audit_patient_no_delete', statement);
    await expect(run(15)).rejects.toThrow(why);
    expect(await seqs()).toHaveLength(22);
  });

  test('takes nothing that was made to look old and linked anew: the next checkpoint does not follow from it', async () => {
    const all = await t.auditLog.read({ afterSeq: 0, toSeq: 20, limit: 20 });
    const state = ChainState.empty();
    const old = new Date(0).toISOString();
    const statements = all.map(({ seq, content }) => {
      const aged = content.replace(/"recorded":"[^"]+"/, `"recorded":"${old}"`);
      const chain = state.append(Buffer.from(aged)).toString('base64');
      return `update audit set at_wall_ms = 0, content = '${aged.replaceAll("'", "''")}', chain = '${chain}' where seq = ${seq}`;
    });
    forge(...statements);
    await expect(run(15)).rejects.toThrow(/entry 21 of the audit trail follows/);
    expect(await seqs()).toHaveLength(22);
  });

  test('waits for a checkpoint over what it takes', async () => {
    await t.end();
    t = await openTestStores();
    await write(10);
    await t.clock.advance(20 * DAY_MS);
    expect(await run(15)).toBe(0);
    await checkpoints().loop.look();
    expect(await run(15)).toBe(10);
  });

  test('is done in steps', async () => {
    expect(await t.auditLog.disposableTo(t.clock.wallMs(), 5)).toBe(5);
    await write(DISPOSE_MAX);
    await checkpoints().loop.look(true);
    await t.clock.advance(2 * DAY_MS);
    expect(await run(1)).toBe(DISPOSE_MAX);
    expect(DISPOSE_MAX).toBeLessThanOrEqual(500);
    expect(await run(1)).toBe(22);
  });
});

test('a new signing key is made when an operator asks, announced by the old one, and told in the trail', async () => {
  const rotation = rotationByFile(folder, t.auditTrail, t.clock);
  const { loop, published, broken } = checkpoints(rotation);
  await write(3);
  await loop.look(true);
  const before = signer().publicKeys;
  mkdirSync(join(folder, 'audit'));
  writeFileSync(join(folder, ROTATION_ASKED_FILE), '');
  await loop.look(true);
  await write(1);
  await loop.look(true);
  const after = signer().publicKeys;
  expect(after).toHaveLength(2);
  expect(after.map(({ line }) => line)).toContain(before[0]!.line);
  expect(after[0]!.line).not.toBe(before[0]!.line);
  // Who knows only the old key reads the announcement, and with it the new key.
  const announcement = readCheckpoint(published[1]!, before);
  expect(announcement.ok && announcement.checkpoint.nextKey?.line).toBe(after[0]!.line);
  expect(readCheckpoint(published[2]!, [after[0]!]).ok).toBe(true);
  expect(readCheckpoint(published[2]!, before).ok).toBe(false);
  expect(rotation.asked()).toBe(false);
  expect((await t.auditTrail.list({ limit: 50 })).items.filter(({ action }) => action === 'key.rotate')).toHaveLength(1);
  expect(broken).toEqual([]);
});

test('a process that dies before the announcement of a key left is followed by one that sends it first, for a week', async () => {
  const { loop, published } = checkpoints(rotationByFile(folder, t.auditTrail, t.clock));
  await loop.look(true);
  const before = signer().publicKeys;
  mkdirSync(join(folder, 'audit'));
  writeFileSync(join(folder, ROTATION_ASKED_FILE), '');
  await loop.look(true);
  const next = checkpoints();
  await write(1);
  await next.loop.look(true);
  expect(next.published[0]).toBe(published[1]);
  expect(readCheckpoint(next.published[0]!, before).ok).toBe(true);
  expect(next.published).toHaveLength(2);
  await t.clock.advance(8 * DAY_MS);
  const later = checkpoints();
  await later.loop.look(true);
  expect(later.published).toHaveLength(1);
});
