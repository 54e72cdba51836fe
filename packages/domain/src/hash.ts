import { createHash } from 'node:crypto';
import { AlarmId } from '@vigil/contracts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The id of an alarm: base32 of sha256 over where it is, what it is and when it began (D4). Deriving the alarm again,
 * after a crash or from another replica, gives the same id. 130 bits are kept.
 */
export function alarmIdOf(subject: string, conditionCode: string, onsetMs: number): AlarmId {
  const digest = createHash('sha256')
    .update(JSON.stringify([subject, conditionCode, onsetMs]))
    .digest();
  return AlarmId.parse(base32Of(digest));
}

/** The first 130 bits of a digest as 26 lower-case characters. */
export function base32Of(digest: Buffer): string {
  let id = '';
  for (let i = 0; i < 26; i++) {
    const bit = i * 5;
    const pair = (digest[bit >> 3]! << 8) | digest[(bit >> 3) + 1]!;
    id += BASE32[(pair >> (11 - (bit & 7))) & 31];
  }
  return id;
}

/** sha256 of the content's canonical form (keys sorted), so that equal content has one name. */
export function contentHash(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('hex');
}

/** JSON with sorted keys: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : v,
  );
}
