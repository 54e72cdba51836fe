import type { AssignmentConflict, ChangeReason, ChangeSource, CorrectStay, StandbyPlace } from '@vigil/contracts';
import { type Trouble, troubleText } from '../live/problem.js';
import { t } from '../words/words.js';

export type Reason = Exclude<CorrectStay['reason'], 'routine'>;
/** Of those of the contract, what a person at a bedside means. */
export const REASONS: readonly Reason[] = [
  'wrong-patient',
  'wrong-bed',
  'wrong-device',
  'wrong-time',
  'device-exchange',
  'other',
];

export const reasonText = (reason: ChangeReason): string => t(`stays:reason.${reason}`);
export const placeText = (place: StandbyPlace): string => t(`stays:place.${place}`);
export const AGE_GROUPS = ['neonate', 'paediatric', 'adult'] as const;
export const ageGroupText = (group: (typeof AGE_GROUPS)[number]): string => t(`stays:age.${group}`);

/** Whose a fact is when the hospital's record said it; empty where people of the ward did. */
export function recordLeads(source: ChangeSource | undefined): string {
  if (source === 'hl7') return t('stays:recordLeads', { feed: 'HL7' });
  return source === 'fhir' ? t('stays:recordLeads', { feed: 'FHIR' }) : '';
}

/** @param nameOf what to call a bed; its id where nobody knows its label */
function conflictText(conflict: AssignmentConflict, nameOf: (bedId: string) => string): string {
  const bed = conflict.bedId === undefined ? t('stays:somewhere') : nameOf(conflict.bedId);
  const device = conflict.deviceId ?? t('stays:aDevice');
  if (conflict.kind === 'device-elsewhere') return t('stays:conflict.device-elsewhere', { device, bed });
  if (conflict.kind === 'channel-claimed') return t('stays:conflict.channel-claimed', { device, bed });
  return t(`stays:conflict.${conflict.kind}`, { bed });
}

const OWN = new Set([
  ...[
    'revision-moved',
    'reason-required',
    'feed-refused',
    'precondition-required',
    'not-found',
    'forbidden',
    'offline',
    'conflict',
  ],
]);

/**
 * Why a change of a stay was not done, and what to do. Without an answer nobody knows whether it was done: the same command may be
 * sent again, and does nothing twice.
 */
export function refusedText(trouble: Trouble, nameOf: (bedId: string) => string = (id) => id): string {
  const { code, conflicts = [] } = trouble;
  if (conflicts.length > 0) {
    const what = [...new Set(conflicts.map((each) => conflictText(each, nameOf)))].join(' ');
    return `${t('stays:notDone')} ${what}`;
  }
  if (code === 'offline') return t('stays:noAnswer');
  if (OWN.has(code)) return `${t('stays:notDone')} ${t(`stays:refused.${code as 'conflict'}`)}`;
  return `${t('stays:notDone')} ${troubleText(trouble)}`;
}

/**
 * Why a press after one without an answer was refused. That one may have been done: the same key with something else in it is a
 * conflict, and a revision may have moved by that very press.
 */
export function refusedAgainText(trouble: Trouble, nameOf?: (bedId: string) => string): string {
  const isDoubt = trouble.code === 'conflict' || trouble.code === 'revision-moved';
  return isDoubt ? t('stays:maybeDone') : refusedText(trouble, nameOf);
}

/** What was done can be taken back from here for so long. */
export const UNDO_MS = 60_000;

export const undoLeftS = (doneMs: number, nowMs: number): number => Math.max(0, Math.ceil((doneMs + UNDO_MS - nowMs) / 1_000));
