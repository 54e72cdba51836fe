import type { Site } from '@vigil/contracts';

type Facts = Pick<
  Site['devices'][number],
  'manufacturer' | 'model' | 'serial' | 'firmwareWanted' | 'owner' | 'place' | 'calibrationDueDay'
>;

const DAY_MS = 86_400_000;
/** What simulated monitors say they have (packages/simulator, device). */
const FIRMWARE = '4.2.1';
const FIRMWARE_NEXT = '4.3.0';
/** Days from today at which the calibration of a monitor is due; that of the second one was forgotten. */
const dueInDays = (n: number): number => (n === 2 ? -20 : 60 + ((n * 37) % 300));

/**
 * What the registry knows of the monitor at bed `n` (from 1). Invented: no such maker. One calibration is overdue and one firmware
 * behind, so that the list of what to fix has something on it.
 *
 * @param todayMs wall time of the first start; left out, no calibration is planned
 */
export function demoDevice(n: number, todayMs: number | undefined): Facts {
  const dueMs = (todayMs ?? 0) + dueInDays(n) * DAY_MS;
  return {
    manufacturer: 'Example Instruments',
    model: 'Bedside Monitor 3',
    serial: `BM3-${String(4_100 + n * 7).padStart(6, '0')}`,
    firmwareWanted: n === 3 ? FIRMWARE_NEXT : FIRMWARE,
    owner: 'Clinical engineering',
    place: `Bed ${n}, wall arm`,
    ...(todayMs === undefined ? {} : { calibrationDueDay: new Date(dueMs).toISOString().slice(0, 10) }),
  };
}
