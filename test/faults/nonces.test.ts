/**
 * Kill -9 of processes that seal, with the key store put back to an earlier copy in between: no data key seals twice with
 * one nonce, and none more often than was reserved for it. `npm run faults -- --only=nonces --count=10000000` runs it long.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlDataKeys } from '../../src/adapters/sql/data-keys.js';
import { countNonces } from './nonce-ledger.js';
import { runNonces } from './nonces.js';

const env = process.env;
const count = Number(env.VIGIL_TEST_NONCES ?? 100_000);
const seed = Number(env.VIGIL_TEST_NONCE_SEED ?? 1);
const reportFile = env.VIGIL_TEST_NONCE_REPORT;
const LIMIT_MS = 60_000 + count / 5;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'vigil-nonces-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the count finds one repeat among many, in another ledger too, and passes over a torn line', () => {
  const ledgers = join(folder, 'ledgers');
  mkdirSync(ledgers);
  const [key, other] = [randomBytes(12), randomBytes(12)];
  const nonces = Array.from({ length: 20_001 }, () => randomBytes(12));
  writeFileSync(join(ledgers, '0.bin'), Buffer.concat(nonces.flatMap((nonce) => [key, nonce])));
  writeFileSync(join(ledgers, '1.bin'), Buffer.concat([other, nonces[7]!, randomBytes(5)]));
  expect(countNonces(ledgers)).toMatchObject({ sealed: 20_002, keys: 2, perKeyMax: 20_001, repeats: 0 });
  writeFileSync(join(ledgers, '2.bin'), Buffer.concat([key, nonces[20_000]!]));
  expect(countNonces(ledgers)).toMatchObject({ sealed: 20_003, repeats: 1 });
});

const CASES = [
  { kind: 'fields', restores: false, share: 0.4 },
  { kind: 'fields', restores: true, share: 0.3 },
  { kind: 'segments', restores: false, share: 0.3 },
] as const;

test.each(CASES)(
  '$kind sealed by processes that are killed (store restored: $restores) repeat no nonce of a key',
  async ({ kind, restores, share }) => {
    const startedMs = performance.now();
    const { usesByKey, ...report } = await runNonces({ count: Math.ceil(count * share), seed, folder, kind, restores });
    const line = JSON.stringify({ seed, kind, restores, tookMs: Math.round(performance.now() - startedMs), ...report });
    if (reportFile !== undefined) appendFileSync(reportFile, `${line}\n`);
    expect(report.repeats).toBe(0);
    expect(report.sealed).toBeGreaterThanOrEqual(count * share);
    expect(report.kills).toBeGreaterThanOrEqual(12);
    if (restores) expect(report.restored).toBeGreaterThan(0);
    if (kind === 'segments' || restores) return;
    const store = await SqlDataKeys.open(join(folder, 'keys.db'));
    for (const { id, usesReserved } of await store.subjectKeys([...usesByKey.keys()])) {
      expect(usesReserved).toBeGreaterThanOrEqual(usesByKey.get(id)!);
    }
    await store.close();
  },
  LIMIT_MS,
);
