import { type AskSwap, type NewOverride, OVERRIDE_MS_MAX, type ScheduleContent, type SwapTurn } from '@vigil/contracts';
import type { SwapTrouble } from '@vigil/domain';
import type { FieldError } from '../http/invalid-request.js';

/** Who and what is there. */
export interface KnownSite {
  readonly staffIds: ReadonlySet<string>;
  /** In use. */
  readonly careUnitIds: ReadonlySet<string>;
}

const UNKNOWN_PERSON = 'nobody has this id: GET /api/v1/staff lists everybody';

/** What is wrong with a schedule beyond its form. */
export function scheduleErrors(content: ScheduleContent, known: KnownSite): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!known.careUnitIds.has(content.careUnitId)) errors.push(at('content.careUnitId', 'a care unit that is in use'));
  for (const [i, rotation] of content.rotations.entries()) {
    const path = `content.rotations.${i}`;
    const { rotationId, startDate, endDate, participants } = rotation;
    if (content.rotations.findIndex((each) => each.rotationId === rotationId) !== i) {
      errors.push(at(`${path}.rotationId`, 'another rotation of this schedule has this id'));
    }
    if (endDate !== null && endDate <= startDate) errors.push(at(`${path}.endDate`, 'later than startDate'));
    for (const [n, staffId] of participants.entries()) {
      if (!known.staffIds.has(staffId)) errors.push(at(`${path}.participants.${n}`, UNKNOWN_PERSON));
    }
  }
  return errors;
}

/** @param wallMs now */
export function overrideErrors(asked: NewOverride, { staffIds }: KnownSite, wallMs: number): readonly FieldError[] {
  const { kind, staffId, instead, fromMs, toMs } = asked;
  const errors: FieldError[] = [];
  if (kind !== 'remove' && staffId === null) errors.push(at('staffId', 'who is on call'));
  if (kind === 'remove' && staffId !== null) errors.push(at('staffId', 'nobody: `instead` says who is not on call'));
  if (kind === 'remove' && instead === null) errors.push(at('instead', 'who is not on call'));
  if (kind === 'add' && instead !== null) errors.push(at('instead', 'nobody: this person is on call beside the others'));
  if (staffId !== null && staffId === instead) errors.push(at('instead', 'somebody else than staffId'));
  for (const [field, id] of Object.entries({ staffId, instead })) {
    if (id !== null && !staffIds.has(id)) errors.push(at(field, UNKNOWN_PERSON));
  }
  return [...errors, ...spanErrors({ fromMs, toMs }, '', wallMs)];
}

/** @param askedBy who gives the turn away */
export function swapErrors(asked: AskSwap, askedBy: string, { staffIds }: KnownSite, wallMs: number): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (asked.to === askedBy) errors.push(at('to', 'somebody else'));
  if (!staffIds.has(asked.to)) errors.push(at('to', UNKNOWN_PERSON));
  const turns: readonly (readonly [string, SwapTurn | null])[] = [
    ['give.', asked.give],
    ['take.', asked.take],
  ];
  return [...errors, ...turns.flatMap(([path, turn]) => (turn === null ? [] : spanErrors(turn, path, wallMs)))];
}

const TROUBLE: Readonly<Record<SwapTrouble['why'], string>> = {
  begun: 'it has begun: whoever plans the schedule makes an override',
  'not-their-turn': 'not for all of this time the turn of the person who gives it away',
  'on-call-anyway': 'whoever takes it is on call by this schedule then anyway',
};

export function troubleError({ turn, why }: SwapTrouble): FieldError {
  return at(turn, TROUBLE[why]);
}

function spanErrors(span: { readonly fromMs: number; readonly toMs: number }, path: string, wallMs: number): FieldError[] {
  if (span.toMs <= span.fromMs) return [at(`${path}toMs`, 'later than fromMs')];
  if (span.toMs - span.fromMs > OVERRIDE_MS_MAX) return [at(`${path}toMs`, 'at most a year after fromMs')];
  return span.toMs <= wallMs ? [at(`${path}toMs`, 'wall time in the future')] : [];
}

function at(path: string, message: string): FieldError {
  return { path: `body.${path}`, message };
}
