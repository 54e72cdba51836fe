import { type Offsets, offsetsOf } from './offset.js';

/** Where a consumer asked to start. */
export type StartPosition =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** Offsets stand for sequence numbers, so both arrive here. */
  | { readonly kind: 'sequence'; readonly sequence: number; readonly inclusive: boolean }
  | { readonly kind: 'enqueuedTime'; readonly ms: number; readonly inclusive: boolean };

export const SELECTOR_FILTER = 'apache.org:selector-filter:string';

const EXPRESSION = /^\s*amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time)\s*(>=?)\s*'([^']*)'\s*$/i;

const wholeNumber = (text: string): number | null => (/^\d{1,16}$/.test(text) ? Number(text) : null);

/** Reads a selector. No selector is the beginning. Null for one the service would refuse too. */
export function parseStartPosition(selector: string | undefined, offsets: Offsets = offsetsOf()): StartPosition | null {
  if (selector === undefined) return { kind: 'earliest' };
  const match = EXPRESSION.exec(selector);
  if (match === null) return null;
  const [, field, operator, value] = match as unknown as [string, string, string, string];
  const inclusive = operator === '>=';
  if (value === '-1') return { kind: 'earliest' };
  if (value.toLowerCase() === '@latest') return { kind: 'latest' };
  const number = field.toLowerCase() === 'offset' ? offsets.read(value) : wholeNumber(value);
  if (number === null) return null;
  if (field.toLowerCase() === 'enqueued-time') return { kind: 'enqueuedTime', ms: number, inclusive };
  return { kind: 'sequence', sequence: number, inclusive };
}
