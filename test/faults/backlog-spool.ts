import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import type { DeviceMessage, EpochMs, Reading } from '@vigil/contracts';
import { GatewayMetrics, type LogRecord, NodeDisk } from '@vigil/edge-gateway';
import { openKeyFile } from '@vigil/sealed-records';
import { loadReadings } from '@vigil/simulator';
import { Spool } from '../../edge-gateway/src/spool/spool.js';
import { ROOT } from '../support/root.js';

export const BACKLOG_METRICS = [
  ...['heartRate', 'pulseRate', 'spo2', 'respirationRate'],
  ...['arterialSystolic', 'arterialDiastolic', 'arterialMean', 'etco2'],
] as const;
export const BACKLOG_BOOT = '6f1c2b0e-57a1-4f7c-9d9f-0f8f5f0f7f72';
const EVERY_MS = 1_000;
const GROUP_S = 60;
/** A minute in the middle in which the first device measures what would be an alarm of high priority. */
const ALARMING_S = 60;
const ALARMING_RATE = 190;

interface Plan {
  /** What the folder was written by; another program may not read it as it was meant. */
  readonly by: string;
  readonly seconds: number;
  /** Event time of the first message of each device. */
  readonly fromMs: number;
}

export interface BuiltBacklog extends Plan {
  readonly messages: number;
}

/** What the first device, and what every other one, measured in message `seq`. */
export function backlogReadings(seq: number, isFirst: boolean, seconds: number): readonly Reading[] {
  const readings = loadReadings(BACKLOG_METRICS, seq);
  const sinceS = seq - Math.floor(seconds / 2);
  if (!isFirst || sinceS < 0 || sinceS >= ALARMING_S) return readings;
  return readings.map((r) => (r.metric === 'heartRate' ? { ...r, value: ALARMING_RATE } : r));
}

interface Made {
  readonly deviceId: string;
  readonly bedId: string;
  readonly isFirst: boolean;
  readonly seq: number;
}

/** The n-th message of a device: the same bytes whenever it is made. */
function recordOf({ deviceId, bedId, isFirst, seq }: Made, { fromMs, seconds }: Plan): LogRecord {
  const atMs = (fromMs + seq * EVERY_MS) as EpochMs;
  const event = {
    ...{ v: 1, kind: 'deviceMessage', id: `${deviceId}/${BACKLOG_BOOT}/${seq}`, key: `bed:${bedId}`, origin: 'simulated', atMs },
    ...{ bedId, deviceId, gatewayId: 'gw-1', bootId: BACKLOG_BOOT, seq, deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: backlogReadings(seq, isFirst, seconds),
  } as unknown as DeviceMessage;
  return { lane: 'numerics', key: event.key, body: Buffer.from(JSON.stringify(event)) };
}

/** Older ones are of a time that the platform would find strange. */
const AGE_MS_MAX = 12 * 3_600_000;
const SOURCES = ['edge-gateway/src/spool', 'packages/sealed-records/src', 'packages/contracts/src', 'packages/simulator/src'];

/** Changes with the sources of what is in the folder. */
function program(): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'test/faults/backlog-spool.ts')));
  for (const folder of SOURCES) {
    const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    for (const name of names.sort()) hash.update(name).update(readFileSync(join(ROOT, folder, name)));
  }
  return hash.digest('hex');
}

const isUsable = ({ by, seconds, fromMs }: Plan, wanted: number): boolean =>
  by === program() && seconds === wanted && Date.now() - fromMs - seconds * EVERY_MS < AGE_MS_MAX;

function planIn(folder: string): Plan | null {
  const file = join(folder, 'plan.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Plan) : null;
}

/**
 * What a gateway has on its disk that could not reach the log for so long: one message a second of each device, ending
 * now. Written by the gateway's own spool in `folder`; a build that was stopped goes on where it was, unless it is of another
 * program, of another length or too old.
 */
export async function buildBacklog(
  folder: string,
  devices: readonly { readonly deviceId: string; readonly bedId: string }[],
  seconds: number,
  progress: (done: number, of: number) => void,
): Promise<BuiltBacklog> {
  const known = planIn(folder);
  if (known !== null && !isUsable(known, seconds)) rmSync(folder, { recursive: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const planFile = join(folder, 'plan.json');
  if (!existsSync(planFile)) {
    const plan: Plan = { by: program(), seconds, fromMs: Math.floor(Date.now() / 1_000) * 1_000 - seconds * EVERY_MS };
    writeFileSync(`${planFile}.tmp`, JSON.stringify(plan));
    renameSync(`${planFile}.tmp`, planFile);
  }
  const plan = planIn(folder)!;
  const messages = plan.seconds * devices.length;
  const clock = new FakeClock(plan.fromMs);
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const spool = await Spool.open({
    disk: await NodeDisk.open(join(folder, 'spool')),
    anchor: await NodeDisk.open(join(folder, 'anchor')),
    keys: await openKeyFile(join(folder, 'kek.json'), { create: 'if-missing' }),
    ...{ gatewayId: 'gw-1', clock, metrics: new GatewayMetrics(), log: silent, bytesMax: 16 * 1024 ** 3 },
    onGap: () => {
      throw new Error('a spool that is only filled loses nothing');
    },
  });
  const done = spool.pending().count;
  if (done % devices.length !== 0) throw new Error(`${folder} holds part of a second; remove it and build it anew`);
  let second = done / devices.length;
  await clock.advance(second * EVERY_MS);
  for (; second < plan.seconds;) {
    const group: LogRecord[] = [];
    for (let i = 0; i < GROUP_S && second < plan.seconds; i++, second++) {
      for (const [n, device] of devices.entries()) group.push(recordOf({ ...device, isFirst: n === 0, seq: second }, plan));
    }
    await new Promise<void>((resolve, reject) => {
      spool.append(group, (outage) => (outage === undefined ? resolve() : reject(outage)));
    });
    await clock.advance(GROUP_S * EVERY_MS);
    progress(second, plan.seconds);
  }
  const closed = spool.close(10_000);
  await clock.advance(10_000);
  await closed;
  return { ...plan, messages };
}
