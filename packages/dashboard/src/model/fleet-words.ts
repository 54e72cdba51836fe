import type { FleetDevice, FleetGateway } from '@vigil/contracts';
import { t, wordsOf } from '../words/words.js';
import { durationText, numberText } from './format.js';

export const faultText = (fault: string): string => wordsOf(`devices:fault.${fault}`) ?? fault;

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
  if (item.state === null) return { words: t('devices:neverHeard'), isWell: false };
  if (!item.state.isCurrent) return { words: t('devices:notKnownNow'), isWell: false };
  if ('connected' in item.state && !item.state.connected) return { words: t('devices:disconnected'), isWell: false };
  return { words: t('devices:connected'), isWell: true };
}

/** How long ago the last message came, in wall time: `last message 0:07 ago`; empty when none did. */
export function lastHeardText({ state }: FleetDevice | FleetGateway): string {
  if (state === null) return '';
  const ageMs = 'lastSeenAgeMs' in state ? state.lastSeenAgeMs : state.ageMs;
  return ageMs === null ? t('devices:noMessage') : t('devices:lastMessage', { age: durationText(ageMs) });
}

/** Gateways tell of their devices this often, so a device that sends each second was heard up to so long ago as far as is known here. */
const TOLD_EVERY_MS = 60_000;

/** When a device was heard last. Of one that is there it is not known more exactly: beside live numbers "0:24 ago" reads as a fault. */
export function heardText(online: boolean | null, ageMs: number): string {
  return online === true && ageMs < TOLD_EVERY_MS ? t('bed:heardLately') : t('bed:lastHeard', { age: durationText(ageMs) });
}

/** `80 %, mains`, `12 %`; a dash where the device does not say. */
export function batteryText({ batteryPercent, mains }: NonNullable<FleetDevice['state']>['said']): string {
  const parts = [
    batteryPercent === undefined ? null : t('devices:percent', { n: Math.round(batteryPercent) }),
    mains === true ? t('devices:mains') : null,
  ];
  return parts.filter((part) => part !== null).join(', ') || '–';
}

/** A device out by more is worth a look; the gateway corrects up to here without a word. */
const SKEW_SHOWN_MS = 1_000;

/** `2.4 s behind`; a dash while it is not known. */
export function skewText(skewMs: number | null): string {
  if (skewMs === null) return '–';
  if (Math.abs(skewMs) < SKEW_SHOWN_MS) return t('devices:clockRight');
  const seconds = Math.abs(skewMs) / 1_000;
  const size = seconds < 120 ? t('devices:seconds', { n: numberText(seconds, 1) }) : durationText(Math.abs(skewMs));
  return skewMs > 0 ? t('devices:behind', { size }) : t('devices:ahead', { size });
}

const KIB = 1_024;

/** `340 kB`, `1.2 GB`. */
export function bytesText(bytes: number): string {
  for (const [size, unit] of [
    [KIB ** 3, 'GB'],
    [KIB ** 2, 'MB'],
    [KIB, 'kB'],
  ] as const) {
    if (bytes >= size) return `${numberText(bytes / size, bytes >= 100 * size ? 0 : 1)} ${unit}`;
  }
  return `${bytes} B`;
}
