import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWholeLog } from '../adapters/event-hubs/read-whole-log.js';
import { requireSafeHub } from './hub-namespace.js';
import { alarmLine, replayPartition } from '../replay/replay.js';

export interface ReplayOptions {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly progress: (line: string) => void;
}

/**
 * `vigil replay`: the whole log through the engine once more. Prints the alarm log as JSON lines, partition after
 * partition; twice over the same log gives the same bytes. Says where retention has removed the beginning. Changes nothing.
 */
export async function replayCommand({ dataDir, env, out, progress }: ReplayOptions): Promise<number> {
  const log = await openWholeLog(connectionString(dataDir, env), env.VIGIL_HUB_NAME ?? 'vigil');
  let count = 0;
  try {
    for (const partitionId of log.partitionIds) {
      const before = count;
      const removed = await log.removed(partitionId);
      if (removed > 0) progress(gapText(partitionId, removed));
      for await (const transition of replayPartition(log.read(partitionId))) {
        out(alarmLine(transition));
        count += 1;
      }
      progress(`partition ${partitionId}: ${count - before} transitions`);
    }
  } finally {
    await log.close();
  }
  return count;
}

/** A rule set that was activated, or a stay that began, before the first event is not known to a replay. */
function gapText(partitionId: string, removed: number): string {
  return (
    `partition ${partitionId}: the log no longer has its first ${removed} events, so rules and stays from then are missing ` +
    'and the alarms are not those of then; keep events for longer if replays are wanted'
  );
}

/** As set, or that of the local hub of this data folder. */
function connectionString(dataDir: string, env: ReplayOptions['env']): string {
  if (env.EVENT_HUBS_CONNECTION_STRING !== undefined) {
    requireSafeHub(env.EVENT_HUBS_CONNECTION_STRING);
    return env.EVENT_HUBS_CONNECTION_STRING;
  }
  const file = join(dataDir, 'hub', 'keys.json');
  if (!existsSync(file)) {
    throw new Error(`no hub in ${dataDir}: start Vigil there first, or set EVENT_HUBS_CONNECTION_STRING`);
  }
  const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: { name: string; primary: string }[] };
  const key = keys.find((k) => k.name === 'platform');
  if (key === undefined) throw new Error(`${file} has no key named platform`);
  const port = env.VIGIL_HUB_PORT ?? '5672';
  return `Endpoint=sb://127.0.0.1:${port}/;SharedAccessKeyName=platform;SharedAccessKey=${key.primary};UseDevelopmentEmulator=true`;
}
