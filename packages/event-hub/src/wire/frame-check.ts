/**
 * Checks a whole frame before the AMQP library decodes it.
 *
 * The library trusts counts, lengths and types: a list that claims thirty million entries makes it allocate their
 * room, and a string where a number belongs fails much later, where nobody can catch it. What passes here is well
 * formed, of bounded depth and number of values, and every field has the type that AMQP 1.0 gives it.
 *
 * Source: OASIS AMQP 1.0, parts 1 (types), 2.3 (frames), 2.7 (performatives), 3.5 (terminus), 5.3 (SASL).
 */
import { checkFields } from './field-check.js';
import { PERFORMATIVES } from './performatives.js';
import { type CheckBudget, checkSection, compositeAt, newBudget } from './value-check.js';
import { WireError } from './wire-error.js';

/** Bytes of a frame in front of its body, and the smallest frame there is. */
export const FRAME_HEAD_BYTES = 8;
export const FRAME_TYPE = { amqp: 0, sasl: 1 } as const;
/** The one performative that a payload may follow. */
const TRANSFER = 0x14;
const CLOSE = 0x18;
const OPEN = 0x10;
const SASL_INIT = 0x41;

/**
 * @param frame one whole frame, its size field included
 * @param type what this layer of the connection carries, one of `FRAME_TYPE`
 * @returns the code of its performative, null for an empty frame, which only keeps the connection alive
 * @throws WireError with what is wrong; nothing of the frame's content is in the message
 */
export function checkFrame(frame: Buffer, type: number): number | null {
  const bodyAt = frame[4]! * 4;
  if (bodyAt < FRAME_HEAD_BYTES || bodyAt > frame.length) throw new WireError('a frame with an impossible data offset');
  if (frame[5] !== type) throw new WireError('a frame of another type');
  if (bodyAt === frame.length) {
    if (type === FRAME_TYPE.amqp) return null;
    throw new WireError('an empty frame');
  }
  const { code, listAt } = compositeAt(frame, bodyAt, frame.length);
  const isKnown = type === FRAME_TYPE.sasl ? code === SASL_INIT : code >= OPEN && code <= CLOSE;
  if (!isKnown) throw new WireError('an unknown performative');
  const end = checkFields(frame, listAt, frame.length, PERFORMATIVES.get(code)!, newBudget());
  if (end < frame.length && code !== TRANSFER) throw new WireError('bytes after a performative');
  return code;
}

/** The order of sections in a message; only data and sequence sections may repeat, which requests don't use. */
const SECTION_MIN = 0x70;
const SECTION_MAX = 0x78;

/**
 * Checks a request to `$cbs` or `$management` before it is decoded. @throws WireError when it is not one whole message
 */
export function checkMessage(bytes: Buffer): void {
  const budget: CheckBudget = newBudget();
  let last = SECTION_MIN - 1;
  for (let at = 0; at < bytes.length;) {
    const { code, listAt } = compositeAt(bytes, at, bytes.length);
    if (code < SECTION_MIN || code > SECTION_MAX || code <= last) throw new WireError('sections are out of order');
    const fields = PERFORMATIVES.get(code);
    if (fields !== undefined) at = checkFields(bytes, listAt, bytes.length, fields, budget);
    else at = checkSection(bytes, code, listAt, bytes.length, budget);
    last = code;
  }
}
