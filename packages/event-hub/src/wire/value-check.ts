import { isAscii, isUtf8 } from 'node:buffer';
import { skipValue } from './scan.js';
import { WireError } from './wire-error.js';

/** What one frame or request may hold, so that checking and decoding it takes a bounded time. */
const VALUES_MAX = 4096;
const DEPTH_MAX = 12;
const EVENT_DEPTH_MAX = 64;

/** What is left of the values that one frame may hold, and how deep they may lie. */
export interface CheckBudget {
  values: number;
  readonly depthMax: number;
}

export const newBudget = (): CheckBudget => ({ values: VALUES_MAX, depthMax: DEPTH_MAX });
/** For events: their bytes bound the values. What is nested deeper than this some client can't read. */
export const eventBudget = (bytes: number): CheckBudget => ({ values: bytes, depthMax: EVENT_DEPTH_MAX });

const DESCRIBED = 0x00;
const SMALL_ULONG = 0x53;
const ULONG = 0x80;
const KNOWN = new Set([
  ...[0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x60, 0x61, 0x70, 0x71, 0x72, 0x73, 0x74],
  ...[0x80, 0x81, 0x82, 0x83, 0x84, 0x94, 0x98, 0xa0, 0xa1, 0xa3, 0xb0, 0xb1, 0xb3, 0xc0, 0xc1, 0xd0, 0xd1, 0xe0, 0xf0],
]);

/** Names that stand for a numeric descriptor, as the standard allows. */
const SYMBOLIC = new Map<string, number>([
  ...['open', 'begin', 'attach', 'flow', 'transfer', 'disposition', 'detach', 'end', 'close'].map(
    (name, i) => [`amqp:${name}:list`, 0x10 + i] as const,
  ),
  ['amqp:error:list', 0x1d],
  ['amqp:source:list', 0x28],
  ['amqp:target:list', 0x29],
]);

/** Reads the descriptor of a performative, section or terminus. @throws WireError when there is none of a known form */
export function compositeAt(bytes: Buffer, at: number, end: number): { code: number; listAt: number } {
  if (bytes[at] !== DESCRIBED || at + 2 > end) throw new WireError('a described value is expected');
  const listAt = skipValue(bytes, at + 1, end);
  if (listAt >= end) throw new WireError('a value is cut short');
  return { code: descriptorCode(bytes, at + 1, listAt), listAt };
}

function descriptorCode(bytes: Buffer, at: number, end: number): number {
  if (bytes[at] === SMALL_ULONG) return bytes[at + 1]!;
  if (bytes[at] === ULONG && bytes.readUIntBE(at + 1, 6) === 0) return bytes.readUInt16BE(at + 7);
  if (bytes[at] === 0xa3) return SYMBOLIC.get(bytes.toString('latin1', at + 2, end)) ?? -1;
  return -1;
}

/**
 * Walks one value with all that is in it and returns where it ends.
 *
 * @throws WireError when a length or count does not fit, a type is unknown, text is not text, or it is too deep or too much
 */
export function checkValue(bytes: Buffer, at: number, end: number, budget: CheckBudget, depth = 0): number {
  if (at >= end) throw new WireError('a value is cut short');
  if (bytes[at] !== DESCRIBED) return checkPlain(bytes, at + 1, end, bytes[at]!, budget, depth);
  const valueAt = checkDescriptor(bytes, at + 1, end);
  if (valueAt >= end || bytes[valueAt] === DESCRIBED) throw new WireError('a descriptor describes a value');
  return checkPlain(bytes, valueAt + 1, end, bytes[valueAt]!, budget, depth + 1);
}

/** Descriptors are symbols or ulongs; the library makes a key of them, so nothing else may stand there. */
function checkDescriptor(bytes: Buffer, at: number, end: number): number {
  const code = bytes[at];
  if (code !== SMALL_ULONG && code !== ULONG && code !== 0x44 && code !== 0xa3 && code !== 0xb3)
    throw new WireError('a descriptor is a symbol or a number');
  return checkPlain(bytes, at + 1, end, code, newBudget(), 0);
}

/** A value whose type code is known, from behind that code. */
function checkPlain(bytes: Buffer, at: number, end: number, code: number, budget: CheckBudget, depth: number): number {
  if (!KNOWN.has(code)) throw new WireError(`unknown type code ${code}`);
  if (--budget.values < 0) throw new WireError('too many values');
  if (depth > budget.depthMax) throw new WireError('values are nested too deep');
  const width = code >>> 4;
  if (width < 0xa) {
    const next = at + fixedBytes(code);
    if (next > end) throw new WireError('a value is cut short');
    if (code === 0x56 && bytes[at]! > 1) throw new WireError('a boolean is 0 or 1');
    return next;
  }
  const isWide = (width & 1) === 1;
  const contentAt = at + (isWide ? 4 : 1);
  if (contentAt > end) throw new WireError('a value is cut short');
  const next = contentAt + (isWide ? bytes.readUInt32BE(at) : bytes[at]!);
  if (next > end) throw new WireError('a value is cut short');
  if (width <= 0xb) checkText(bytes, contentAt, next, code);
  else checkEntries(bytes, { at: contentAt, end: next, isWide, code }, budget, depth + 1);
  return next;
}

function fixedBytes(code: number): number {
  const width = code >>> 4;
  return width === 0x4 ? 0 : 2 ** (width - 5);
}

function checkText(bytes: Buffer, at: number, end: number, code: number): void {
  const kind = code & 0x0f;
  if (kind === 1 && !isUtf8(bytes.subarray(at, end))) throw new WireError('a string is not UTF-8');
  if (kind === 3 && !isAscii(bytes.subarray(at, end))) throw new WireError('a symbol is not ASCII');
}

/** Clients make a key of an object of it, which a list or map can't be. */
const isKey = (code: number | undefined): boolean => code !== undefined && code !== DESCRIBED && code < 0xc0;

interface Compound {
  readonly at: number;
  readonly end: number;
  readonly isWide: boolean;
  readonly code: number;
}

function checkEntries(bytes: Buffer, { at, end, isWide, code }: Compound, budget: CheckBudget, depth: number): void {
  let pos = at + (isWide ? 4 : 1);
  if (pos > end) throw new WireError('a value is cut short');
  const count = isWide ? bytes.readUInt32BE(at) : bytes[at]!;
  if (count > budget.values) throw new WireError('too many values');
  const isArray = code === 0xe0 || code === 0xf0;
  const isMap = code === 0xc1 || code === 0xd1;
  if (isMap && count % 2 !== 0) throw new WireError('a map has an impossible count');
  if (!isArray) {
    for (let i = 0; i < count; i++) {
      if (isMap && i % 2 === 0 && !isKey(bytes[pos])) throw new WireError('a key is text or a number');
      pos = checkValue(bytes, pos, end, budget, depth);
    }
  } else {
    if (bytes[pos] === DESCRIBED) pos = checkDescriptor(bytes, pos + 1, end);
    if (pos >= end) throw new WireError('a value is cut short');
    const entryCode = bytes[pos++]!;
    for (let i = 0; i < count; i++) pos = checkPlain(bytes, pos, end, entryCode, budget, depth);
  }
  if (pos !== end) throw new WireError('a list, map or array of another size than it says');
}

const IS_LIST = new Set([0x70, 0x73, 0x76]);
const IS_MAP = new Set([0x71, 0x72, 0x74, 0x78]);
const DATA = 0x75;

/**
 * Checks the value of one section of a message and returns where it ends.
 *
 * @throws WireError when it is not what that section holds, or not well formed: a consumer that can't decode an event would
 * stand still at it for ever
 */
export function checkSection(bytes: Buffer, section: number, at: number, end: number, budget: CheckBudget): number {
  const code = bytes[at];
  // The JavaScript client puts a null there for a body of null, and reads it back.
  if (section === DATA && code !== 0xa0 && code !== 0xb0 && code !== 0x40) throw new WireError('a data section holds binary');
  if (IS_MAP.has(section) && code !== 0xc1 && code !== 0xd1) throw new WireError('a section holds a map');
  if (IS_LIST.has(section) && code !== 0x45 && code !== 0xc0 && code !== 0xd0) throw new WireError('a section holds a list');
  return checkValue(bytes, at, end, budget);
}
