import { createHash } from 'node:crypto';
import { bedKey, type BedId, DeadLetterId, type DeadLetterReason, type LogEvent } from '@vigil/contracts';
import type { DeadLetter } from '../ports/dead-letters.js';
import type { Located, Malformed } from '../ports/event-log.js';

/** Larger content is kept by its length and hash alone; the largest event of ours, a rule set, has a quarter of it. */
export const CONTENT_BYTES_MAX = 262_144;
/** A claim names what was expected; no more than a line of it is kept. */
const DETAIL_CHARS_MAX = 200;

/** A dead letter of something that is no event of this version. */
export function letterOfMalformed(partition: number, malformed: Malformed): DeadLetter {
  const { reason, path, kind, bedId, sequence, offset, hubAtMs, body } = malformed;
  return letter({ reason, detail: path, kind, bedId, partition, sequence, offset, hubAtMs }, contentOf(body));
}

/** A dead letter of an event of ours in which the engine failed. @param claim what did not hold; no patient data */
export function letterOfFailure({ event, partition, sequence, offset, hubAtMs }: Located, claim: string): DeadLetter {
  const about = { kind: event.kind, bedId: bedOf(event), partition, sequence, offset, hubAtMs };
  return letter({ reason: 'engine-failed', detail: claim, ...about }, JSON.stringify(event));
}

/** A dead letter of something that the engine made and the store refused. */
export function letterOfRefusal(
  at: { readonly partition: number; readonly sequence: number; readonly offset: string; readonly hubAtMs: number },
  refused: { readonly bedId: BedId | null; readonly claim: string; readonly content: object },
): DeadLetter {
  const about = { kind: 'transition', bedId: refused.bedId, ...at };
  return letter({ reason: 'transition-refused', detail: refused.claim, ...about }, JSON.stringify(refused.content));
}

/** The same place with the same content has the same id, so that a replay puts it aside once. */
function letter(about: Omit<DeadLetter, 'id' | 'bytes' | 'sha256' | 'content'>, content: string): DeadLetter {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const place = `${about.partition}|${about.sequence}|${about.offset}|${about.reason satisfies DeadLetterReason}|${sha256}`;
  const bytes = Buffer.byteLength(content);
  return {
    ...about,
    detail: about.detail.slice(0, DETAIL_CHARS_MAX),
    id: DeadLetterId.parse(createHash('sha256').update(place).digest('hex').slice(0, 32)),
    bytes,
    sha256,
    content: bytes > CONTENT_BYTES_MAX ? '' : content,
  };
}

/** JSON as it is; bytes that are no JSON in base64. Never throws: a body may hold what JSON has no word for. */
function contentOf(body: unknown): string {
  if (body instanceof Uint8Array) return JSON.stringify({ base64: Buffer.from(body).toString('base64') });
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    return '';
  }
}

function bedOf(event: LogEvent): BedId | null {
  const bedId = 'bedId' in event ? event.bedId : null;
  return bedId !== null && event.key === bedKey(bedId) ? bedId : null;
}
