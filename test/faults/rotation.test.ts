import { join } from 'node:path';
import { Patient, PatientId } from '@vigil/contracts';
import { keyFileIds, retireKey } from '@vigil/sealed-records';
import type { SqlStores } from '../../src/adapters/sql/index.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { Who } from '../../src/ports/directory.js';
import { openTestStores, type TestStores } from '../contract/sql-fixture.js';

/** Requests a second, a tenth of them writes, and for how long: `VIGIL_TEST_ROTATION_S` makes it longer. */
const RATE_PER_S = 500;
const SECONDS = Number(process.env.VIGIL_TEST_ROTATION_S ?? 5);
const SLICE_MS = 10;
/** A machine that can't keep up gets fewer requests, not a queue without end. */
const WAITING_MAX = 8;

let t: TestStores;
beforeEach(async () => void (t = await openTestStores()));
afterEach(() => t.end());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const pat = (id: string) => PatientId.parse(id);
const who = (action: string): Who => ({
  audit: auditEntry({ actor: 'eve', action, object: '', outcome: 'allowed' }),
  nowMs: t.clock.nowMs(),
  wallMs: t.clock.wallMs(),
});

interface Tally {
  sent: number;
  readonly failed: string[];
  readonly created: string[];
  slowestMs: number;
}

/** One request of the mix, and whether its answer was right. */
async function ask({ directory, escalations }: SqlStores, n: number, tally: Tally): Promise<boolean> {
  if (n % 10 === 0) {
    const person = { familyName: `Load${n}`, givenName: 'Lo', birthDate: '1980-01-01', sex: 'other' };
    const patient = Patient.parse({ patientId: `load-${n}`, mrn: `L-${n}`, ...person });
    tally.created.push((await directory.createPatient(patient, who('patient.create'))).patientId);
    return true;
  }
  switch (n % 4) {
    case 0:
      return (await directory.patient(pat('pat-1')))?.familyName === 'TESTMAN';
    case 1:
      return (await directory.beds())[0]?.encounter?.patient?.familyName === 'TESTMAN';
    case 2:
      return (await directory.searchPatients({ mrn: 'm2' }))[0]?.familyName === 'PROBE';
    default:
      return (await escalations.contacts('amy' as never))[0]?.address === 'amy@hospital.test';
  }
}

async function one(stores: SqlStores, n: number, tally: Tally): Promise<void> {
  const startMs = performance.now();
  const isRight = await ask(stores, n, tally).catch((error: unknown) => String(error));
  if (isRight !== true) tally.failed.push(`${n}: ${isRight}`);
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startMs);
}

async function load(endMs: number): Promise<Tally> {
  const tally: Tally = { sent: 0, failed: [], created: [], slowestMs: 0 };
  const waiting = new Set<Promise<void>>();
  const startMs = performance.now();
  while (performance.now() < endMs) {
    const due = Math.floor(((performance.now() - startMs) / 1000) * RATE_PER_S);
    for (; tally.sent < due && waiting.size < WAITING_MAX; tally.sent++) {
      const asking: Promise<void> = one(t, tally.sent, tally);
      waiting.add(asking);
      void asking.finally(() => waiting.delete(asking));
    }
    await sleep(SLICE_MS);
  }
  await Promise.all(waiting);
  return tally;
}

/** By turns a new key-encryption key and new data keys, while what follows from it is worked off. */
async function rotate(endMs: number): Promise<number> {
  let count = 0;
  for (; performance.now() < endMs; count++) {
    await t.recordKeys.rotate(count % 2 === 0 ? 'key-encryption' : 'data', who('key.rotate'));
    for (let rounds = 0; rounds < 10; rounds++) {
      await t.recordKeys.work();
      await sleep(20);
    }
  }
  return count;
}

test('keys are rotated under load and old ones retired: no request fails, nothing becomes unreadable (CK-S33)', async () => {
  const kek = join(t.folder, 'kek.json');
  const [first] = (await keyFileIds(kek)).ids;
  const endMs = performance.now() + SECONDS * 1_000;
  const [tally, rotations] = await Promise.all([load(endMs), rotate(endMs)]);
  expect(tally.failed).toEqual([]);
  while ((await t.recordKeys.work()).more);
  const status = await t.recordKeys.status();
  expect(status.left).toEqual({ toRewrap: 0, toReseal: 0, toErase: 0, toEraseHistory: 0 });
  const { current, ids } = await keyFileIds(kek);
  for (const id of ids) if (id !== current) await retireKey(kek, id);
  expect((await keyFileIds(kek)).ids).toEqual([status.currentKeyId]);
  expect(status.currentKeyId).not.toBe(first);
  // Asked of a process that has nothing in memory.
  const { directory } = await t.again('platform-two');
  for (const id of ['pat-1', 'pat-2', ...tally.created]) expect((await directory.patient(pat(id)))?.patientId).toBe(id);
  expect(rotations).toBeGreaterThanOrEqual(2);
  expect(tally.sent).toBeGreaterThan(0.2 * SECONDS * RATE_PER_S);
  const figures = { sent: tally.sent, created: tally.created.length, rotations, slowestMs: Math.round(tally.slowestMs) };
  process.stdout.write(`${JSON.stringify({ name: 'rotation-under-load', seconds: SECONDS, ...figures })}\n`);
}, 600_000);
