import type { BedId, FeedMove, QuarantineReason } from '@vigil/contracts';
import {
  AssignmentRefused,
  differing,
  type FeedCommand,
  type FeedKnown,
  type KnownPatient,
  meant,
  PlatformError,
} from '@vigil/domain';
import { createHash } from 'node:crypto';
import type { NewTask } from '../../ports/tasks.js';
import type { Db } from './sql.js';

/** Of what nobody can read, a person is shown this much. */
const TEXT_CHARS_MAX = 8_192;

export const taskIdOf = (messageId: string): string =>
  `feed-${createHash('sha256').update(messageId).digest('hex').slice(0, 32)}`;

/** Whom a message is about, where that is one. */
export function personOf(known: FeedKnown): KnownPatient | null {
  const who = meant(known.patients);
  return typeof who === 'string' ? null : who;
}

/** What a person needs to decide: what was said, what is known, and where the two differ. Where it is, as far as that is known. */
export async function taskOfMove(
  db: Db,
  messageId: string,
  facts: { readonly move: FeedMove; readonly known: FeedKnown; readonly reason: QuarantineReason },
): Promise<NewTask> {
  const { move, known, reason } = facts;
  const who = personOf(known);
  const bedId = bedOf(known, who);
  const bed =
    bedId === null ? undefined : await db.selectFrom('bed').select('care_unit_id').where('bed_id', '=', bedId).executeTakeFirst();
  return {
    ...{ taskId: taskIdOf(messageId), kind: 'feed', reason, bedId },
    careUnitId: (bed?.care_unit_id ?? null) as NewTask['careUnitId'],
    patientId: who?.patient.patientId ?? null,
    detail: {
      message: move,
      known: { patients: known.patients, merged: known.merged, stay: known.stay, place: known.place, from: known.from },
      differs: who === null ? [] : differing(move.person, who.patient),
    },
  };
}

/** A message that nobody can read: what came, as far as it is letters. */
export function taskOfBytes(messageId: string, sender: string, raw: string, reason: QuarantineReason): NewTask {
  const text = Buffer.from(raw, 'base64').subarray(0, TEXT_CHARS_MAX).toString('utf8');
  return {
    ...{ taskId: taskIdOf(messageId), kind: 'feed', reason, careUnitId: null, bedId: null, patientId: null },
    detail: { sender, text },
  };
}

function bedOf({ place, from, stay }: FeedKnown, who: KnownPatient | null): BedId | null {
  const named = [place, from].find((each) => typeof each !== 'string');
  if (named !== undefined && typeof named !== 'string') return named.bedId;
  return stay?.bedId ?? who?.stay?.bedId ?? null;
}

/** The reason that fits what the store refused. @throws what is no refusal: an outage, or a bug */
export function reasonOf(error: unknown, commands: readonly FeedCommand[]): QuarantineReason {
  const isMerge = commands.some((command) => command.do === 'merge');
  if (error instanceof AssignmentRefused) {
    if (isMerge) return 'merge-of-two-stays';
    const [conflict] = error.conflicts;
    const isNow = conflict?.toMs === null;
    if (conflict?.kind === 'bed-taken' && isNow) return 'bed-taken';
    return conflict?.kind === 'patient-elsewhere' && isNow ? 'patient-elsewhere' : 'overlap';
  }
  if (!(error instanceof PlatformError) || error.retryable) throw error;
  if (error.code === 'conflict') return isMerge ? 'merge-of-two-stays' : 'overlap';
  if (error.code === 'not-found') return 'stay-unknown';
  throw error;
}
