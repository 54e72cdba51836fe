/**
 * CK-S33 end to end: the real processes under load, every key of the site rotated again and again by the commands that an
 * operator has, the old ones retired, everything started anew, and everything read again.
 *
 * `VIGIL_TEST_STACK_ROTATIONS` rotations; `npm run faults -- --only=stack-rotation` does twenty.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readLedger, startLoad, type Load } from '@vigil/simulator';
import { keyFileIds } from '@vigil/sealed-records';
import { ApiClient } from '../support/api-client.js';
import { ROOT } from '../support/root.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';

const ROTATIONS = Number(process.env.VIGIL_TEST_STACK_ROTATIONS ?? 1);
const MESSAGES_PER_S = Number(process.env.VIGIL_TEST_STACK_RATE ?? 500);
const BEDS = 8;
const FOLLOWED_MS = 90_000;
const DRAIN_MS = 90_000;
const BETWEEN_REQUESTS_MS = 20;
const LOOK_EVERY_MS = 1_000;
const PARTS = ['hub', 'platform', 'gateway'] as const;
const FOLDERS = ['.', 'hub', 'gateway'] as const;

/** Beside the load, which must not wait for it. Rejects for any exit code but 0. */
async function cli(stack: Stack, ...args: readonly string[]): Promise<string> {
  const options = { env: { ...process.env, XDG_STATE_HOME: join(stack.dataDir, 'verifier') } };
  const script = [join(ROOT, 'dist', 'cli.js'), '--data-dir', stack.dataDir, ...args];
  return (await promisify(execFile)(process.execPath, script, options)).stdout;
}

interface Tally {
  requests: number;
  readonly created: { readonly patientId: string; readonly mrn: string; readonly familyName: string }[];
  readonly failed: string[];
}

/** Reads, searches and new patients, one after the other, until told to stop. */
async function ask(api: ApiClient, tally: Tally, isOver: () => boolean): Promise<void> {
  const expectStatus = async (wanted: number, method: string, path: string, body?: unknown): Promise<unknown> => {
    tally.requests += 1;
    const answer = await api.call(method, path, { body }).catch((error: unknown) => ({ status: String(error), body: null }));
    if (answer.status !== wanted)
      tally.failed.push(`${method} ${path.replace(/\d+/g, 'n')} ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  for (let n = 0; !isOver(); n++) {
    const person = { patientId: `rot-${n}`, mrn: `ROT-${n}`, familyName: `Family-${n}` };
    const more = { givenName: 'Given', birthDate: '1970-01-01', sex: 'other' };
    await expectStatus(201, 'POST', '/api/v1/patients', { ...person, ...more });
    tally.created.push(person);
    await expectStatus(200, 'GET', '/api/v1/beds?careUnit=icu');
    await expectStatus(200, 'GET', '/api/v1/patients/demo-1');
    const found = (await expectStatus(200, 'POST', '/api/v1/patients/search', { mrn: 'DEMO-0002' })) as { items?: unknown[] };
    if (found?.items?.length !== 1) tally.failed.push('a patient was not found by record number');
    await sleep(BETWEEN_REQUESTS_MS);
  }
}

async function leftOf(officer: ApiClient): Promise<number> {
  const { left } = (await officer.ok('/api/v1/keys')) as { left: Record<string, number> };
  return Object.values(left).reduce((sum, count) => sum + count, 0);
}

/** All three key-encryption keys by the command, data keys by the API; then waits and takes the old ones away. */
async function rotate(stack: Stack, officer: ApiClient): Promise<number> {
  const startedMs = performance.now();
  await cli(stack, 'keys', 'rotate');
  const rotated = await officer.call('POST', '/api/v1/keys/rotate', { body: { what: 'data' } });
  expect(rotated.status).toBe(202);
  const isFollowed = async (): Promise<boolean> => {
    await sleep(LOOK_EVERY_MS);
    return (await leftOf(officer)) === 0 && !/still wraps|MISSING/.test(await cli(stack, 'keys', 'status'));
  };
  await until('nothing needs an old key', isFollowed, FOLLOWED_MS);
  for (const folder of FOLDERS) {
    const path = join(stack.dataDir, folder, 'kek.json');
    const { current, ids } = await keyFileIds(path);
    for (const id of ids.filter((each) => each !== current)) await cli(stack, 'keys', 'retire', id);
  }
  return Math.round(performance.now() - startedMs);
}

interface Loaded {
  readonly tally: Tally;
  readonly followedMs: readonly number[];
  readonly acknowledged: number;
}

async function underLoad(stack: Stack, ledgerFile: string): Promise<Loaded> {
  const [carol, eve] = await Promise.all(['carol', 'eve'].map((name) => ApiClient.signIn(stack.url, name, stack.password(name))));
  const load: Load = startLoad({
    ...{ mqttUrl: stack.mqttUrl, messagesPerSecond: MESSAGES_PER_S, ledgerFile, clock: stack.clock() },
    ...{ devices: stack.devices(), metrics: ['heartRate', 'spo2', 'respirationRate'] },
  });
  const tally: Tally = { requests: 0, created: [], failed: [] };
  let isOver = false;
  const asking = ask(carol!, tally, () => isOver);
  const followedMs: number[] = [];
  try {
    await load.ready;
    for (let n = 0; n < ROTATIONS; n++) followedMs.push(await rotate(stack, eve!));
  } finally {
    isOver = true;
    await asking;
    const { published, acked } = await load.stop(DRAIN_MS);
    expect(published - acked).toBe(0);
  }
  const acknowledged = readLedger(ledgerFile).entries.filter(({ ackedMs }) => ackedMs !== null).length;
  return { tally, followedMs, acknowledged };
}

const metric = async (url: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1]);

/** With nothing in memory: every patient by id and by record number, and the whole log through the engine. */
async function readAgain(stack: Stack, { created }: Tally): Promise<number> {
  const eve = await ApiClient.signIn(stack.url, 'eve', stack.password('eve'));
  const carol = await ApiClient.signIn(stack.url, 'carol', stack.password('carol'));
  expect(await leftOf(eve)).toBe(0);
  const beds = (await carol.ok('/api/v1/beds?careUnit=icu')) as { items: { encounter: { nameMissing?: string } | null }[] };
  expect(beds.items.filter(({ encounter }) => encounter !== null && encounter.nameMissing === undefined)).toHaveLength(BEDS);
  const unread: string[] = [];
  for (const { patientId, mrn } of created) {
    // Nobody treats them: whoever may open a record in an emergency is told that there is one.
    const { body } = await carol.call('POST', '/api/v1/patients/search', { body: { mrn } });
    if (!JSON.stringify(body).includes(`"${patientId}"`)) unread.push(patientId);
  }
  expect(unread).toEqual([]);
  return created.length;
}

test('every key of a site is rotated and retired under load: no error, nothing unreadable, nothing lost', async () => {
  const stack = await Stack.make({ beds: BEDS, env: { platform: { VIGIL_REQUESTS_PER_S: '1000' } } });
  await stack.run(async () => {
    await stack.start(...PARTS);
    const loaded = await underLoad(stack, join(stack.dataDir, 'ledger'));
    expect(loaded.tally.failed).toEqual([]);
    await until(
      'the spool is empty',
      async () => (await metric(stack.gatewayUrl, 'vigil_gateway_spool_pending')) === 0,
      DRAIN_MS,
    );
    expect(await metric(stack.gatewayUrl, 'vigil_gateway_spool_damaged_records_total')).toBe(0);
    for (const part of ['gateway', 'platform', 'hub'] as const) await stack.stop(part);
    await stack.start(...PARTS);
    const read = await readAgain(stack, loaded.tally);
    for (const folder of FOLDERS) {
      expect((await keyFileIds(join(stack.dataDir, folder, 'kek.json'))).ids).toHaveLength(1);
    }
    expect(await cli(stack, 'verify-audit')).toContain('entries');
    const { tally, followedMs, acknowledged } = loaded;
    const figures = { rotations: ROTATIONS, acknowledged, requests: tally.requests, created: read, followedMs };
    process.stdout.write(`${JSON.stringify({ name: 'stack-rotation', ...figures, failed: tally.failed.length })}\n`);
  });
}, 1_800_000);
