import { type DataQualityRow, DeviceId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { readSettings } from '../config.js';
import { dataQuality } from '../history/data-quality.js';
import { devicesAt } from '../history/devices-at.js';
import { intervalsOf } from '../history/intervals-of.js';
import { type Machine, withCommandStores } from './command-stores.js';
import { historyOfCommand } from './open-history.js';

export interface HistoryQuality extends Machine {
  /** Event time, half open. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Left out: every device. */
  readonly device?: string | undefined;
  readonly json: boolean;
  readonly out: (line: string) => void;
}

/**
 * Writes a line for each device, bed and day: how much of what was expected is there, and what is missing. Nothing of a patient; standby
 * is not told here and counts as missing. May run beside Vigil.
 *
 * @throws Error with one line that says what to do
 */
export async function historyQualityCommand({ dataDir, env, fromMs, toMs, device, json, out }: HistoryQuality): Promise<void> {
  const settings = readSettings({ ...env, VIGIL_DATA_DIR: dataDir });
  const of = device === undefined ? {} : { deviceId: DeviceId.parse(device) };
  try {
    await withCommandStores({ dataDir, env }, async ({ deviceAssignments, siteStore }, clock) => {
      const history = historyOfCommand(settings, clock);
      try {
        const range = { fromMs, toMs: Math.max(fromMs, Math.min(toMs, Math.floor(clock.nowMs()))) };
        const slots = await devicesAt(deviceAssignments, of, range);
        for await (const row of dataQuality(history.observations, { slots, away: [], intervals: await intervalsOf(siteStore) }))
          out(json ? JSON.stringify(row) : qualityLine(row));
      } finally {
        history.close();
      }
    });
  } catch (error) {
    throw error instanceof PlatformError
      ? new Error(`${error.code}: it can not be done now; see docs/runbook.md#${error.code}`, { cause: error })
      : error;
  }
}

const percent = (part: number, of: number): string => (of === 0 ? '-' : `${((100 * part) / of).toFixed(1)}%`);

export function qualityLine({ deviceId, bedId, fromMs, toMs, metrics, missing }: DataQualityRow): string {
  const hours = ((toMs - fromMs) / 3_600_000).toFixed(1);
  const brought = metrics.map(({ metric, expected, received, questionable }) => {
    const doubted = questionable === 0 ? '' : ` (${percent(questionable, received)} questionable)`;
    return `${metric} ${percent(received, expected)}${doubted}`;
  });
  const lost = missing.map(({ reason, messages }) => `${messages} messages ${reason}`);
  const said = [...(brought.length === 0 ? ['nothing'] : brought), ...lost].join(', ');
  return `${new Date(fromMs).toISOString().slice(0, 10)}  ${deviceId}  ${bedId}  ${hours} h: ${said}`;
}
