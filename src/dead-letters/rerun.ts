import { type DeadLetterId, type LogEvent, readLogEvent } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { DeadLetters } from '../ports/dead-letters.js';
import type { Who } from '../ports/directory.js';

/**
 * What says who lies where, or what holds from now on, is read again only while it is so new (event time, at the site's rate): an
 * old admission, read behind a later one, would put the former patient back into the bed.
 */
export const RERUN_SETTING_MS_MAX = 15 * 60_000;

const SETTINGS: ReadonlySet<LogEvent['kind']> = new Set<LogEvent['kind']>([
  ...(['admit', 'discharge', 'transferOut', 'transferIn', 'deviceAssigned', 'staffAssigned', 'stayProfileSet'] as const),
  ...(['limitsSet', 'scoreSettingsSet', 'ruleSetActivated', 'coverageLost', 'coverageRestored'] as const),
  ...([
    'standbySet',
    'standbyEnded',
    'conditionShelved',
    'conditionUnshelved',
    'stayCorrected',
    'patientMerged',
    'bedPlaced',
  ] as const),
  ...(['gatewayLost', 'gatewayRestored', 'onCallTrouble'] as const),
]);

/** Why a dead letter can't be read again, in words that say what to do. */
export class CannotRerun extends Error {
  override readonly name = 'CannotRerun';
}

/**
 * Has the log read a dead letter again: with a version that knows it, once the bug is mended, or corrected. It goes to the end of
 * the log under its own id, so whatever took it before takes it for the copy that it is; once per letter. A reading that is old
 * by now reaches the history and raises nothing as if it were of now.
 *
 * @param corrected an event to take its place: of the same id and key, if the letter says them
 * @throws CannotRerun; PlatformError('not-found'); 'conflict' when it was read again already
 */
export async function rerunDeadLetter(
  letters: DeadLetters,
  id: DeadLetterId,
  { who, rate, corrected }: { readonly who: Who; readonly rate: number; readonly corrected?: string },
): Promise<LogEvent> {
  const kept = await letters.content(id);
  if (kept === null) throw new PlatformError('not-found');
  if (kept === '' && corrected === undefined) {
    throw new CannotRerun('the content is not kept (too large, or there was no key to seal it with): it can only be sent anew');
  }
  const event = eventOf(corrected ?? kept);
  if (corrected !== undefined) requireSame(event, kept);
  if (SETTINGS.has(event.kind) && who.nowMs - event.atMs > RERUN_SETTING_MS_MAX * rate) {
    throw new CannotRerun(
      `a ${event.kind} that is older than ${RERUN_SETTING_MS_MAX / 60_000} min may undo what came after it: say it anew instead`,
    );
  }
  await letters.rerun(id, JSON.stringify(event), who);
  return event;
}

function eventOf(json: string): LogEvent {
  const read = readLogEvent(parsed(json));
  if ('event' in read) return read.event;
  const { reason, path } = read.unreadable;
  throw new CannotRerun(
    reason === 'newer-schema'
      ? 'it is of a later version of Vigil than this one: install that version first'
      : `it is no event of this version still (${reason}${path === '' ? '' : ` at ${path}`}): correct it, or leave it`,
  );
}

function requireSame(corrected: LogEvent, kept: string): void {
  const { id, key } = (parsed(kept) ?? {}) as { id?: unknown; key?: unknown };
  if ((typeof id === 'string' && id !== corrected.id) || (typeof key === 'string' && key !== corrected.key)) {
    throw new CannotRerun('a corrected event keeps the id and the key of the letter');
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
