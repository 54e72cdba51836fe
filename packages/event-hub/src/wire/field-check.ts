import { type DescribedType, type FieldKind, type FieldType, PERFORMATIVES } from './performatives.js';
import { checkValue, type CheckBudget, compositeAt } from './value-check.js';
import { WireError } from './wire-error.js';

const NULL = 0x40;
const CODES: Record<FieldKind, readonly number[]> = {
  string: [0xa1, 0xb1],
  symbol: [0xa3, 0xb3],
  symbols: [0xa3, 0xb3, 0xe0, 0xf0],
  binary: [0xa0, 0xb0],
  map: [0xc1, 0xd1],
  boolean: [0x41, 0x42, 0x56],
  ubyte: [0x50],
  ushort: [0x60],
  uint: [0x43, 0x52, 0x70],
  ulong: [0x44, 0x53, 0x80],
  timestamp: [0x83],
  // A message's id is text, a number or a uuid; binary ones can't be told from uuids once decoded.
  id: [0x44, 0x53, 0x80, 0x98, 0xa1, 0xb1],
};
const DESCRIBED_BY: Record<DescribedType, readonly number[]> = {
  source: [0x28],
  target: [0x29],
  error: [0x1d],
  state: [0x23, 0x24, 0x25, 0x26, 0x27],
};

/**
 * Checks the list at `at` against the types of its fields and returns where it ends.
 *
 * @throws WireError when it is no list, a field has another type or a mandatory one is missing
 */
export function checkFields(
  bytes: Buffer,
  at: number,
  end: number,
  fields: readonly FieldType[],
  budget: CheckBudget,
  depth = 0,
): number {
  const { pos: first, count, listEnd } = listAt(bytes, at, end);
  if (count > fields.length) throw new WireError('a performative with too many fields');
  let pos = first;
  for (let i = 0; i < fields.length; i++) {
    const isMissing = i >= count || bytes[pos] === NULL;
    if (isMissing && fields[i]!.endsWith('!')) throw new WireError(`field ${i} is missing`);
    if (i >= count) continue;
    if (pos >= listEnd) throw new WireError('a value is cut short');
    pos = isMissing ? pos + 1 : checkField(bytes, pos, listEnd, fields[i]!, budget, depth);
  }
  if (pos !== listEnd) throw new WireError('a list of another size than it says');
  return listEnd;
}

function listAt(bytes: Buffer, at: number, end: number): { pos: number; count: number; listEnd: number } {
  const code = bytes[at];
  if (code === 0x45) return { pos: at + 1, count: 0, listEnd: at + 1 };
  const isWide = code === 0xd0;
  const headBytes = isWide ? 9 : 3;
  if ((code !== 0xc0 && !isWide) || at + headBytes > end) throw new WireError('a list is expected');
  const listEnd = isWide ? at + 5 + bytes.readUInt32BE(at + 1) : at + 2 + bytes[at + 1]!;
  if (listEnd > end || listEnd < at + headBytes) throw new WireError('a value is cut short');
  return { pos: at + headBytes, count: isWide ? bytes.readUInt32BE(at + 5) : bytes[at + 2]!, listEnd };
}

function checkField(bytes: Buffer, at: number, end: number, type: FieldType, budget: CheckBudget, depth: number): number {
  if (type === 'source' || type === 'target' || type === 'error' || type === 'state') {
    const { code, listAt: inner } = compositeAt(bytes, at, end);
    if (!DESCRIBED_BY[type].includes(code)) throw new WireError(`a field holds something else than ${type}`);
    return checkFields(bytes, inner, end, PERFORMATIVES.get(code)!, budget, depth + 1);
  }
  if (type !== 'any') {
    const kind = (type.endsWith('!') ? type.slice(0, -1) : type) as FieldKind;
    if (!CODES[kind].includes(bytes[at]!)) throw new WireError(`a field holds something else than ${kind}`);
    if (kind === 'symbols') checkSymbols(bytes, at, end);
  }
  return checkValue(bytes, at, end, budget, depth + 1);
}

/** An array in such a field is one of symbols. */
function checkSymbols(bytes: Buffer, at: number, end: number): void {
  const headBytes = bytes[at] === 0xe0 ? 3 : bytes[at] === 0xf0 ? 9 : 0;
  if (headBytes === 0) return;
  if (at + headBytes >= end || ![0xa3, 0xb3].includes(bytes[at + headBytes]!))
    throw new WireError('an array of symbols is expected');
}
