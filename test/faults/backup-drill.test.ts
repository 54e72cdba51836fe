/**
 * CK-R34, the drill: a site under load is backed up, its machine is lost with all that was on it, and it goes on from a clean folder.
 * And a back-up whose disk fills up.
 *
 * `VIGIL_TEST_DRILL_RATE` messages a second, `VIGIL_TEST_DRILL_S` seconds of them before the first back-up.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Load, startLoad } from '@vigil/simulator';
import { ApiClient } from '../support/api-client.js';
import { SquareWave } from '../support/square-wave.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { withRules } from '../support/with-rules.js';

const RATE = Number(process.env.VIGIL_TEST_DRILL_RATE ?? 200);
const LOADED_MS = Number(process.env.VIGIL_TEST_DRILL_S ?? 5) * 1_000;
const ARRIVES_MS = 60_000;
/** The aim of issue 11; the generous bound of a test that shares its machine. */
const RESTORE_MS_MAX = 10 * 60_000;
const PARTS = ['hub', 'inbox', 'platform', 'gateway'] as const;
const SMALL_MIB = 3;

const outside = mkdtempSync(join(tmpdir(), 'vigil-drill-'));
const at = (name: string): string => join(outside, name);
const TO = [at('data'), '--keys-to', at('keys')] as const;
afterAll(() => rmSync(outside, { recursive: true, force: true }));

const signIn = (stack: Stack, username: string): Promise<ApiClient> =>
  ApiClient.signIn(stack.url, username, stack.password(username));

/** Chunks of history, each with the number of its samples. */
function chunksOf(dataDir: string): ReadonlyMap<string, number> {
  const db = new DatabaseSync(join(dataDir, 'history.db'), { readOnly: true });
  try {
    const rows = db.prepare('SELECT bed_id, metric, minute, count FROM chunk').all();
    return new Map(rows.map((row) => [`${row['bed_id']} ${row['metric']} ${row['minute']}`, Number(row['count'])]));
  } finally {
    db.close();
  }
}

const verifyAudit = (stack: Stack, state: string): string => stack.cli('verify-audit', '--state', at(state));
const loadOf = (stack: Stack): Load =>
  startLoad({
    ...{
      mqttUrl: stack.mqttUrl,
      messagesPerSecond: RATE,
      ledgerFile: join(outside, `ledger-${Date.now()}`),
      clock: stack.clock(),
    },
    ...{ devices: stack.devices().slice(2), metrics: ['heartRate', 'spo2', 'respirationRate'] },
  });

test('a machine is lost under load: its back-up is restored, alarms and history are there, new alarms come, the audit log is in order', async () => {
  const stack = await Stack.make({ beds: 6, site: (site) => withRules(site, 'heartRate.high') });
  const waves: SquareWave[] = [];
  const rise = (bed: number): void => {
    const device = stack.devices()[bed - 1]!;
    waves.push(new SquareWave({ mqttUrl: stack.mqttUrl, device, clock: stack.clock(), halfMs: null, firstAfterMs: 0 }));
  };
  let load: Load | null = null;
  await stack
    .run(async () => {
      await stack.start(...PARTS);
      stack.cli('backup-key', at('recovery.json'));
      load = loadOf(stack);
      await load.ready;
      rise(1);
      const [amy, carol] = [await signIn(stack, 'amy'), await signIn(stack, 'carol')];
      const before = await until('an alarm', async () => (await amy.alarms('bed=icu-1'))[0], ARRIVES_MS);
      const person = {
        patientId: 'drill-1',
        mrn: 'DRILL-1',
        familyName: 'Drill',
        givenName: 'Ann',
        birthDate: '1950-01-01',
        sex: 'female',
      };
      expect((await carol.call('POST', '/api/v1/patients', { body: person })).status).toBe(201);
      await sleep(LOADED_MS);
      const full = stack.cli('backup', ...TO);
      await sleep(LOADED_MS);
      const known = chunksOf(stack.dataDir);
      const changed = stack.cli('backup', ...TO);
      expect([full, changed]).toEqual([expect.stringMatching(/everything/), expect.stringMatching(/what changed/)]);
      await until(
        'a signed checkpoint',
        () => stack.cli('verify-audit', '--state', at('seen-before')).includes('IN ORDER'),
        90_000,
      );
      const shown = stack.cli('backup', ...TO);

      await stack.kill(...PARTS);
      for (const wave of waves.splice(0)) await wave.close();
      await load.stop(1);
      load = null;
      const startedMs = performance.now();
      renameSync(stack.dataDir, at('lost'));
      mkdirSync(stack.dataDir);
      const said = stack.cli(
        'restore',
        at('data'),
        '--into',
        stack.dataDir,
        '--keys',
        at('keys'),
        '--recovery-key',
        at('recovery.json'),
      );
      const restoredMs = performance.now() - startedMs;
      expect(said).toMatch(/^audit {5}IN ORDER/m);
      await stack.start(...PARTS);
      const ready = async (): Promise<boolean> => (await fetch(`${stack.url}/health/ready`)).status === 200;
      await until('the platform is ready', ready, ARRIVES_MS);
      const readyMs = performance.now() - startedMs;
      expect(readyMs).toBeLessThan(RESTORE_MS_MAX);

      const again = await signIn(stack, 'amy');
      expect((await again.alarms('bed=icu-1')).map(({ alarmId }) => alarmId)).toEqual([before.alarmId]);
      const found = await (await signIn(stack, 'carol')).call('POST', '/api/v1/patients/search', { body: { mrn: 'DRILL-1' } });
      expect(JSON.stringify(found.body)).toContain('drill-1');
      const back = chunksOf(stack.dataDir);
      expect([...known].filter(([name, count]) => (back.get(name) ?? 0) < count)).toEqual([]);
      expect(known.size).toBeGreaterThan(0);
      rise(2);
      const after = await until('an alarm from new readings', async () => (await again.alarms('bed=icu-2'))[0], ARRIVES_MS);
      expect(after).toMatchObject({ conditionCode: 'heartRate.high', active: true });
      expect(verifyAudit(stack, 'seen-after')).toMatch(/IN ORDER/);
      // What the verifier of another machine saw before is still there: nothing of it is lost.
      expect(verifyAudit(stack, 'seen-before')).toMatch(/IN ORDER/);
      // Back-ups go on into the same folders.
      expect(stack.cli('backup', ...TO)).toMatch(/everything/);
      const figures = { samples: [...known.values()].reduce((sum, n) => sum + n, 0), restoredMs, readyMs };
      const lines = { full, changed, shown };
      process.stdout.write(`${JSON.stringify({ name: 'backup-drill', ...round(figures), ...firstLines(lines) })}\n`);
    })
    .finally(async () => {
      await load?.stop(1);
      for (const wave of waves) await wave.close();
    });
}, 600_000);

const round = (of: Record<string, number>) => Object.fromEntries(Object.entries(of).map(([name, n]) => [name, Math.round(n)]));
const firstLines = (of: Record<string, string>) =>
  Object.fromEntries(Object.entries(of).map(([name, text]) => [name, text.split('\n')[0]]));

/** A disk of its own, in memory; null where this process may not mount one. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_MIB}m`, 'vigil-small', folder], { stdio: 'pipe' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

const small = smallDisk();
if (small === null) process.stderr.write('skipped: a back-up whose disk is full (no file system can be mounted here)\n');
afterAll(() => {
  if (small === null) return;
  execFileSync('umount', [small]);
  rmSync(small, { recursive: true });
});

(small === null ? test.skip : test)(
  'a disk that is full ends the run by name, and the back-up before it can be restored',
  async () => {
    const stack = await Stack.make({ beds: 2 });
    await stack.run(async () => {
      await stack.start('hub', 'platform');
      stack.cli('backup-key', at('recovery-2.json'));
      const target = join(small!, 'data');
      stack.cli('backup', target, '--keys-to', at('keys-2'));
      const before = readdirSync(target, { recursive: true }).sort();
      const carol = await signIn(stack, 'carol');
      expect((await carol.call('GET', '/api/v1/beds?careUnit=icu')).status).toBe(200);
      // Bytes that can't be made smaller, so that the next run does not fit.
      const db = new DatabaseSync(join(stack.dataDir, 'more.db'));
      db.exec('CREATE TABLE row (bytes BLOB); INSERT INTO row SELECT randomblob(4000000)');
      db.close();
      expect(() => stack.cli('backup', target, '--keys-to', at('keys-2'))).toThrow(
        /no room for .*make room, or take another disk/,
      );
      expect(readdirSync(target, { recursive: true }).sort()).toEqual(before);
      expect(JSON.parse(readFileSync(join(stack.dataDir, 'backup', 'last-run.json'), 'utf8'))).toMatchObject({
        failure: 'disk-full',
      });
      stack.cli('restore', target, '--into', at('restored-2'), '--keys', at('keys-2'), '--recovery-key', at('recovery-2.json'));
      expect(readdirSync(at('restored-2'))).toContain('vigil.db');
      expect((await carol.call('GET', '/api/v1/beds?careUnit=icu')).status).toBe(200);
    });
  },
  240_000,
);
