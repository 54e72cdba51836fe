import type { EncounterId, LogEvent, LogEventOf } from '@vigil/contracts';
import type { BedState } from './state.js';
import { leftOf } from './stay.js';

/** What people set, chart, say and correct of a stay. */
export type AboutStay = LogEventOf<
  | 'limitsSet'
  | 'stayProfileSet'
  | 'scoreSettingsSet'
  | 'charted'
  | 'standbySet'
  | 'standbyEnded'
  | 'conditionShelved'
  | 'conditionUnshelved'
  | 'stayCorrected'
  | 'patientMerged'
>;

/** The stay that it is about: of a correction the one that is believed in until then. */
export function stayOf(event: AboutStay | LogEventOf<'discharge'>): EncounterId {
  return event.kind === 'stayCorrected' ? event.wrongEncounterId : event.encounterId;
}

/** What a bed keeps for stays that are on their way to it. Who reaches it has more than one patient on the way. */
const AWAITED_MAX = 32;

/**
 * Keeps what is said of a stay that is not here yet. The store knows of a transfer at once and addresses the new bed, which the stay
 * itself reaches by way of the old one: limits that somebody sets meanwhile would be lost, and the old ones would go on.
 */
export function waitsForStay(bed: BedState, event: LogEvent): boolean {
  switch (event.kind) {
    case 'limitsSet':
    case 'stayProfileSet':
    case 'scoreSettingsSet':
    case 'charted':
    case 'standbySet':
    case 'standbyEnded':
    case 'conditionShelved':
    case 'conditionUnshelved':
    case 'stayCorrected':
    case 'patientMerged':
      if (bed.encounter?.encounterId === stayOf(event)) return false;
      if (leftOf(bed, stayOf(event)) === undefined && bed.awaited?.some((each) => each.id === event.id) !== true) {
        bed.awaited = [...(bed.awaited ?? []), event].slice(-AWAITED_MAX);
      }
      return true;
    default:
      return false;
  }
}

/** What was kept for this stay, oldest first. It is kept no longer. */
export function takeAwaited(bed: BedState, encounterId: string | undefined): readonly AboutStay[] {
  const mine = bed.awaited?.filter((each) => stayOf(each) === encounterId) ?? [];
  if (mine.length === 0) return mine;
  const others = bed.awaited!.filter((each) => stayOf(each) !== encounterId);
  if (others.length > 0) bed.awaited = others;
  else delete bed.awaited;
  return mine;
}
