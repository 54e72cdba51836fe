import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { LogEvent } from '@vigil/contracts';
import { keyFileIds, retireKey, rotateKeyFile } from '@vigil/sealed-records';
import { type Load, readLedger, startLoad } from '@vigil/simulator';
import { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { randomOf } from './kill-plan.js';

const DEVICES = 8;
/** After the rotation: before both look at their keys (5 s), while they wrap anew, or after. */
const KILL_AFTER_MS_MAX = 7_000;
const AWAY_MS_MAX = 3_000;
const FOLLOWED_MS = 60_000;
const DRAIN_MS = 60_000;
const READ_MS = 120_000;
const KILLED = [['gateway'], ['hub'], ['gateway', 'hub'], []] as const;

export interface RotationOptions {
  readonly rotations: number;
  readonly seed: number;
  readonly messagesPerSecond: number;
  readonly onRotation?: (done: number, killed: readonly string[], followedMs: number) => void;
}

export interface RotationReport {
  readonly acknowledged: number;
  readonly unacked: number;
  /** Acknowledged to a device and not on the log. */
  readonly missing: number;
  /** On the log and never sent. */
  readonly phantom: number;
  /** Sequence numbers of a partition that do not follow the one before. */
  readonly gaps: number;
  readonly kills: number;
  /** From the rotation until no segment needs an older key, kills and restarts included. */
  readonly followedMs: readonly number[];
  /** Segments of gateway and hub at the end, of which each opened with the last key alone. */
  readonly segments: number;
  /** Records that the gateway counted as damaged. */
  readonly damaged: number;
  readonly keysLeft: readonly number[];
}

/**
 * Gateway and hub under load, whose keys are rotated while they run and killed in the middle. After every rotation the
 * older keys are removed; at the end everything is read with the last ones and held against the generator's ledger.
 */
export async function rotateUnderLoad(options: RotationOptions): Promise<RotationReport> {
  const stack = await Stack.make({ beds: DEVICES });
  return stack.run(async () => {
    await stack.start('hub', 'gateway');
    const ledgerFile = join(stack.dataDir, 'ledger');
    const load = startLoad({
      ...{ mqttUrl: stack.mqttUrl, messagesPerSecond: options.messagesPerSecond, ledgerFile },
      ...{ devices: stack.devices(), metrics: ['heartRate', 'spo2', 'respirationRate'], clock: stack.clock() },
    });
    const disturbed = await disturb(stack, load, options);
    const onLog = await restartAndRead(stack);
    const keysLeft = await Promise.all(keyFiles(stack).map(async (path) => (await keyFileIds(path)).ids.length));
    return { ...disturbed, ...compare(ledgerFile, load.bootId, onLog), segments: segmentsOf(stack).length, keysLeft };
  });
}

const foldersOf = (stack: Stack): string[] => ['hub/vigil/log', 'gateway/spool'].map((name) => join(stack.dataDir, name));
const keyFiles = (stack: Stack): string[] => ['hub', 'gateway'].map((name) => join(stack.dataDir, name, 'kek.json'));

/** Full paths, of both. */
function segmentsOf(stack: Stack): string[] {
  return foldersOf(stack).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.seg'))
      .map((name) => join(folder, name)),
  );
}

type Disturbed = Pick<RotationReport, 'unacked' | 'kills' | 'followedMs' | 'damaged'>;

async function disturb(stack: Stack, load: Load, { rotations, seed, onRotation }: RotationOptions): Promise<Disturbed> {
  const random = randomOf(seed);
  const followedMs: number[] = [];
  let kills = 0;
  try {
    await load.ready;
    await sleep(1_000);
    for (let done = 0; done < rotations; done++) {
      const killed = KILLED[(done + seed) % KILLED.length]!;
      const startedMs = performance.now();
      for (const path of keyFiles(stack)) await rotateKeyFile(path);
      await sleep(random() * KILL_AFTER_MS_MAX);
      await stack.kill(...killed);
      await sleep(random() * AWAY_MS_MAX);
      // The hub first: a gateway that starts finds it where it was.
      for (const part of ['hub', 'gateway'] as const) if ((killed as readonly string[]).includes(part)) await stack.start(part);
      kills += killed.length;
      await until('no segment needs an older key', () => isFollowed(stack), FOLLOWED_MS);
      for (const path of keyFiles(stack)) await retireAllButCurrent(path);
      followedMs.push(Math.round(performance.now() - startedMs));
      onRotation?.(done + 1, killed, followedMs.at(-1)!);
    }
    const { published, acked } = await load.stop(DRAIN_MS);
    await until('the spool is empty', async () => (await gatewayMetric(stack, 'spool_pending')) === 0, DRAIN_MS);
    const damaged = await gatewayMetric(stack, 'spool_damaged_records_total');
    return { unacked: published - acked, kills, followedMs, damaged };
  } catch (error) {
    await load.stop(0);
    throw error;
  }
}

async function gatewayMetric(stack: Stack, name: string): Promise<number> {
  const text = await (await fetch(`${stack.gatewayUrl}/metrics`)).text();
  return Number(new RegExp(`^vigil_gateway_${name} (\\S+)$`, 'm').exec(text)![1]);
}

/** Every segment names the current key in its header or beside it. One that is deleted meanwhile is looked for again. */
async function isFollowed(stack: Stack): Promise<boolean> {
  const currents = await Promise.all(keyFiles(stack).map(async (path) => (await keyFileIds(path)).current));
  const names = (path: string, id: string): boolean => existsSync(path) && readFileSync(path).subarray(0, 300).includes(id);
  return foldersOf(stack).every((folder, i) =>
    segmentsOf(stack)
      .filter((path) => path.startsWith(folder))
      .every((path) => names(path, currents[i]!) || names(`${path}.key`, currents[i]!)),
  );
}

async function retireAllButCurrent(path: string): Promise<void> {
  const { current, ids } = await keyFileIds(path);
  for (const id of ids) if (id !== current) await retireKey(path, id);
}

interface OnLog {
  readonly ids: ReadonlySet<string>;
  readonly gaps: number;
}

/** A fresh start of both, so that nothing is read that only memory can open; then the whole log, by the real client. */
async function restartAndRead(stack: Stack): Promise<OnLog> {
  await stack.stop('gateway');
  await stack.stop('hub');
  await stack.start('hub', 'gateway');
  await stack.stop('gateway');
  const { keys } = JSON.parse(readFileSync(join(stack.dataDir, 'hub', 'keys.json'), 'utf8')) as {
    keys: { name: string; primary: string }[];
  };
  const key = keys.find(({ name }) => name === 'platform')!.primary;
  const endpoint = `Endpoint=sb://127.0.0.1:${stack.settings.VIGIL_HUB_PORT}/`;
  const connection = `${endpoint};SharedAccessKeyName=platform;SharedAccessKey=${key};UseDevelopmentEmulator=true`;
  const consumer = new EventHubConsumerClient('live', connection, 'vigil');
  const ids = new Set<string>();
  const nextOf = new Map<string, number>();
  let gaps = 0;
  consumer.subscribe(
    {
      processEvents: async (batch, { partitionId }) => {
        for (const { body, sequenceNumber } of batch) {
          if (sequenceNumber !== (nextOf.get(partitionId) ?? 0)) gaps++;
          nextOf.set(partitionId, sequenceNumber + 1);
          const event = LogEvent.parse(body);
          if (event.kind === 'deviceMessage') ids.add(`${event.bootId}/${event.deviceId}/${event.seq}`);
        }
      },
      processError: async () => undefined,
    },
    { startPosition: earliestEventPosition, maxBatchSize: 1_000, maxWaitTimeInSeconds: 1 },
  );
  try {
    const partitions = await consumer.getPartitionIds();
    const ends = await Promise.all(partitions.map((id) => consumer.getPartitionProperties(id)));
    const isRead = (): boolean => ends.every((end) => (nextOf.get(end.partitionId) ?? 0) > end.lastEnqueuedSequenceNumber);
    await until('the whole log is read', isRead, READ_MS);
  } finally {
    await consumer.close();
  }
  return { ids, gaps };
}

type Compared = Pick<RotationReport, 'acknowledged' | 'missing' | 'phantom' | 'gaps'>;

function compare(ledgerFile: string, bootId: string, { ids, gaps }: OnLog): Compared {
  const idOf = ({ deviceId, seq }: { readonly deviceId: string; readonly seq: number }): string => `${bootId}/${deviceId}/${seq}`;
  const { entries } = readLedger(ledgerFile);
  const sent = new Set(entries.map(idOf));
  const acknowledged = entries.filter(({ ackedMs }) => ackedMs !== null);
  return {
    acknowledged: acknowledged.length,
    missing: acknowledged.filter((entry) => !ids.has(idOf(entry))).length,
    phantom: [...ids].filter((id) => !sent.has(id)).length,
    gaps,
  };
}
