/**
 * Kill -9 of the platform while the hospital's engines send to it, every other time right between the durable write of a message and its
 * answer: what was acknowledged is kept, what was not comes again, each is carried out once. `npm run faults -- --only=hl7-kills
 * --count=N` does it more often.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ApiClient } from '../support/api-client.js';
import { freePorts } from '../support/free-ports.js';
import { patient } from '../support/patience.js';
import { ROOT } from '../support/root.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { AUTHORITY, FACILITY, Hl7Engine } from './hl7-hospital.js';
import { randomOf } from './kill-plan.js';

const KILLS = Number(process.env.VIGIL_TEST_HL7_KILLS ?? 2);
const SEED = Number(process.env.VIGIL_TEST_KILL_SEED ?? 1);
const ENGINES = 3;
/** Wall time that engines have between a start and a kill. */
const RUNNING_MS_MIN = 100;
const RUNNING_MS_MAX = 900;
const PAUSE_MS = 10;
const WITHIN_MS = 60_000;

interface Row {
  readonly sha256: string;
  readonly message_id: string;
  readonly state: string;
}

/** Reads the database beside the platform, or after its end. */
function look<T>(stack: Stack, query: string): T[] {
  const db = new DatabaseSync(join(stack.dataDir, 'vigil.db'), { readOnly: true });
  try {
    db.exec('PRAGMA busy_timeout = 5000');
    return db.prepare(query).all() as T[];
  } finally {
    db.close();
  }
}

const kept = (stack: Stack): Row[] => look(stack, 'SELECT sha256, message_id, state FROM inbound_message');

/** What the hospital calls each bed, told by the admin. */
async function nameBeds(stack: Stack, bedIds: readonly string[]): Promise<void> {
  const admin = await ApiClient.signIn(stack.url, 'dan', stack.password('dan'));
  for (const bedId of bedIds) {
    const list = await fetch(`${stack.url}/api/v1/bed-aliases`, { headers: { authorization: `Bearer ${admin.token}` } });
    const query = new URLSearchParams({ system: `hl7:${FACILITY}`, value: bedId });
    const headers = { 'if-match': list.headers.get('etag')!, 'idempotency-key': crypto.randomUUID() };
    expect(await admin.call('PUT', `/api/v1/bed-aliases?${query}`, { headers, body: { bedId } })).toMatchObject({ status: 200 });
  }
}

/** Record number of whoever lies in each bed. */
async function placesNow(stack: Stack, bedIds: readonly string[]): Promise<Readonly<Record<string, string | null>>> {
  const nurse = await ApiClient.signIn(stack.url, 'carol', stack.password('carol'));
  const places = bedIds.map(async (bedId) => {
    const { encounter } = await nurse.bed(bedId);
    return [bedId, encounter === null ? null : (await nurse.ok(`/api/v1/patients/${encounter.patientId}`)).mrn] as const;
  });
  return Object.fromEntries(await Promise.all(places));
}

/** Between the write and the answer, or at any moment. @returns true where something was kept that nobody has heard of */
async function kill(
  stack: Stack,
  killFile: string,
  how: { readonly exact: boolean; readonly afterMs: number },
  engines: Hl7Engine[],
) {
  await sleep(how.afterMs);
  if (how.exact) {
    writeFileSync(killFile, '');
    await until('the platform dies before an answer', () => !existsSync(killFile), patient(WITHIN_MS));
  }
  await stack.kill('platform');
  const rows = new Set(kept(stack).map(({ sha256 }) => sha256));
  const acknowledged = engines.flatMap((engine) => engine.acknowledged);
  expect(acknowledged.filter(({ sha256 }) => !rows.has(sha256))).toEqual([]);
  return engines.flatMap((engine) => engine.unanswered).some(({ sha256 }) => rows.has(sha256));
}

test(
  `after ${KILLS} kills of the platform (seed ${SEED}) every acknowledged message is kept, and each is carried out once`,
  async () => {
    const [hl7Port] = await freePorts(1);
    const random = randomOf(SEED);
    const bedIds = Array.from({ length: 2 * ENGINES }, (_, n) => `icu-${n + 1}`);
    const env: Record<string, string> = {
      ...{ VIGIL_HL7_PORT: String(hl7Port), VIGIL_HL7_MRN_AUTHORITY: AUTHORITY, VIGIL_TIME_ZONE: 'UTC' },
      NODE_OPTIONS: `--import ${pathToFileURL(join(ROOT, 'test/faults/kill-before-answer.mjs')).href}`,
    };
    const stack = await Stack.make({
      ...{ beds: bedIds.length, env: { platform: env }, expectedErrors: [/platform: ended unexpectedly \(SIGKILL\)/] },
      site: (site) => ({ ...site, encounters: [] }),
    });
    const killFile = (env.VIGIL_TEST_KILL_FILE = join(stack.dataDir, 'kill-before-answer'));
    await stack.run(async () => {
      await stack.start('hub', 'platform');
      await nameBeds(stack, bedIds);
      const clock = stack.clock();
      const engines = Array.from({ length: ENGINES }, (_, n) => {
        const beds = [bedIds[2 * n]!, bedIds[2 * n + 1]!] as const;
        return new Hl7Engine({ port: hl7Port!, name: `E${n}`, beds, nowMs: () => clock.nowMs(), pauseMs: PAUSE_MS });
      });
      for (const engine of engines) engine.start();
      let unheard = 0;
      for (let n = 0; n < KILLS; n++) {
        const afterMs = RUNNING_MS_MIN + random() * (RUNNING_MS_MAX - RUNNING_MS_MIN);
        const exact = n % 2 === 0;
        const isUnheard = await kill(stack, killFile, { exact, afterMs }, engines);
        expect([exact, isUnheard]).toEqual([exact, exact || isUnheard]);
        if (isUnheard) unheard += 1;
        await stack.start('platform');
      }
      await sleep(RUNNING_MS_MIN);
      for (const engine of engines) await engine.stop();
      await until('all is worked off', () => kept(stack).every(({ state }) => state !== 'kept'), patient(WITHIN_MS));

      const sent = engines.flatMap((engine) => engine.sent);
      expect(sent.filter(({ answers }) => answers.join() !== 'AA')).toEqual([]);
      const rows = kept(stack);
      expect(rows.map(({ sha256 }) => sha256).sort()).toEqual(sent.map(({ sha256 }) => sha256).sort());
      expect(rows.filter(({ state }) => state !== 'applied')).toEqual([]);
      // One entry for each message that was carried out, and as many stays and moves as the ledger has.
      const applied = look<{ object: string }>(stack, "SELECT object FROM audit WHERE action = 'feed.apply'");
      expect(applied.map(({ object }) => object).sort()).toEqual(rows.map(({ message_id }) => `message:${message_id}`).sort());
      const count = (event: string): number => sent.filter((each) => each.event === event).length;
      expect(look(stack, 'SELECT count(*) AS n FROM encounter')).toEqual([{ n: count('A01') }]);
      expect(look(stack, 'SELECT count(*) AS n FROM past_bed')).toEqual([{ n: count('A02') }]);
      expect(await placesNow(stack, bedIds)).toEqual(Object.assign({}, ...engines.map(({ places }) => places)));
      const resent = sent.filter(({ tries }) => tries > 1).length;
      process.stderr.write(
        `hl7-kills: ${KILLS} kills, ${sent.length} messages, ${resent} sent again, ${unheard} kills between write and answer\n`,
      );
    });
  },
  120_000 + KILLS * 30_000,
);
