import type { FleetDevice, FleetGateway } from '@vigil/contracts';
import { durationText } from './format.js';

const FAULT_WORDS: Readonly<Record<string, string>> = {
  sessionConflict: 'two senders, one identity',
  flooding: 'sends too much',
  unitChanged: 'changed a unit',
  clockSuspect: 'clock is wrong',
  certificateExpiring: 'certificate ends soon or is over',
  wrongTopic: 'tried to speak for another device',
  spoolWithheld: 'can store nothing more',
  diskLow: 'disk nearly full',
  spoolDamaged: 'stored records damaged',
  spoolRolledBack: 'stored records set back or exchanged',
  clockStepped: 'clock jumped',
  configRefused: 'refused a configuration',
  configUnread: 'can not read its configuration',
  watchStale: 'configuration of its own alarms is old',
  watchFailed: 'its own alarms met a fault',
};
export const faultText = (fault: string): string => FAULT_WORDS[fault] ?? fault;

/** What needs somebody, first; then what is not known; then by name. */
export function byNeed<T extends FleetDevice | FleetGateway>(items: readonly T[], idOf: (item: T) => string): readonly T[] {
  return items.toSorted((a, b) => rank(a) - rank(b) || (idOf(a) < idOf(b) ? -1 : 1));
}

function rank(item: FleetDevice | FleetGateway): number {
  if (item.faults.length > 0) return 0;
  if (item.state !== null && (!item.state.isCurrent || ('connected' in item.state && !item.state.connected))) return 1;
  return item.state === null ? 2 : 3;
}

/** Whether it is there, in one word or two, and whether that is a reason to look. */
export function presenceText(item: FleetDevice | FleetGateway): { readonly words: string; readonly isWell: boolean } {
  if (item.state === null) return { words: 'never heard', isWell: false };
  if (!item.state.isCurrent) return { words: 'not known now', isWell: false };
  if ('connected' in item.state && !item.state.connected) return { words: 'disconnected', isWell: false };
  return { words: 'connected', isWell: true };
}

/** How long ago the last message came, in wall time: `last message 0:07 ago`; empty when none did. */
export function lastHeardText({ state }: FleetDevice | FleetGateway): string {
  if (state === null) return '';
  const ageMs = 'lastSeenAgeMs' in state ? state.lastSeenAgeMs : state.ageMs;
  return ageMs === null ? 'no message yet' : `last message ${durationText(ageMs)} ago`;
}

/** `80 %, mains`, `12 %`; a dash where the device does not say. */
export function batteryText({ batteryPercent, mains }: NonNullable<FleetDevice['state']>['said']): string {
  const parts = [batteryPercent === undefined ? null : `${Math.round(batteryPercent)} %`, mains === true ? 'mains' : null];
  return parts.filter((part) => part !== null).join(', ') || '–';
}

/** A device out by more is worth a look; the gateway corrects up to here without a word. */
const SKEW_SHOWN_MS = 1_000;

/** `2.4 s behind`; a dash while it is not known. */
export function skewText(skewMs: number | null): string {
  if (skewMs === null) return '–';
  if (Math.abs(skewMs) < SKEW_SHOWN_MS) return 'right';
  const seconds = Math.abs(skewMs) / 1_000;
  const size = seconds < 120 ? `${seconds.toFixed(1)} s` : durationText(Math.abs(skewMs));
  return `${size} ${skewMs > 0 ? 'behind' : 'ahead'}`;
}

const KIB = 1_024;

/** `340 kB`, `1.2 GB`. */
export function bytesText(bytes: number): string {
  for (const [size, unit] of [
    [KIB ** 3, 'GB'],
    [KIB ** 2, 'MB'],
    [KIB, 'kB'],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(bytes >= 100 * size ? 0 : 1)} ${unit}`;
  }
  return `${bytes} B`;
}
