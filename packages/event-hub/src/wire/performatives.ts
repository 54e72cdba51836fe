/**
 * The fields of everything that is described by a list in AMQP 1.0, in their order, with the type of each.
 * `!` marks those that may not be missing.
 */
export type FieldKind =
  'string' | 'symbol' | 'symbols' | 'binary' | 'map' | 'boolean' | 'ubyte' | 'ushort' | 'uint' | 'ulong' | 'timestamp' | 'id';
export type DescribedType = 'source' | 'target' | 'error' | 'state';
/** What a field of a performative holds; with `!` it may not be missing. */
export type FieldType = FieldKind | `${FieldKind}!` | DescribedType | 'any';

const SETTLE: readonly FieldType[] = ['ubyte', 'ubyte'];
const CAPABILITIES: readonly FieldType[] = ['symbols', 'symbols', 'map'];

export const PERFORMATIVES: ReadonlyMap<number, readonly FieldType[]> = new Map<number, readonly FieldType[]>([
  [0x10, ['string!', 'string', 'uint', 'ushort', 'uint', 'symbols', 'symbols', ...CAPABILITIES]], // open
  [0x11, ['ushort', 'uint!', 'uint!', 'uint!', 'uint', ...CAPABILITIES]], // begin
  [
    0x12, // attach
    [
      ...(['string!', 'uint!', 'boolean!'] as const),
      ...SETTLE,
      ...(['source', 'target', 'map', 'boolean', 'uint', 'ulong'] as const),
      ...CAPABILITIES,
    ],
  ],
  [0x13, ['uint', 'uint!', 'uint!', 'uint!', 'uint', 'uint', 'uint', 'uint', 'boolean', 'boolean', 'map']], // flow
  [
    0x14, // transfer
    ['uint!', 'uint', 'binary', 'uint', 'boolean', 'boolean', 'ubyte', 'state', 'boolean', 'boolean', 'boolean'],
  ],
  [0x15, ['boolean!', 'uint!', 'uint', 'boolean', 'state', 'boolean']], // disposition
  [0x16, ['uint!', 'boolean', 'error']], // detach
  [0x17, ['error']], // end
  [0x18, ['error']], // close
  [0x1d, ['symbol!', 'string', 'map']], // error
  [0x23, ['uint!', 'ulong!']], // received
  [0x24, []], // accepted
  [0x25, ['error']], // rejected
  [0x26, []], // released
  [0x27, ['boolean', 'boolean', 'map']], // modified
  [
    0x28, // source
    ['string', 'uint', 'symbol', 'uint', 'boolean', 'map', 'symbol', 'map', 'any', 'symbols', 'symbols'],
  ],
  [0x29, ['string', 'uint', 'symbol', 'uint', 'boolean', 'map', 'symbols']], // target
  [0x41, ['symbol!', 'binary', 'string']], // SASL init; what only a server sends is unknown here
  [0x70, ['boolean', 'ubyte', 'uint', 'boolean', 'uint']], // header
  [
    0x73, // properties
    [
      ...(['id', 'binary', 'string', 'string', 'string', 'id', 'symbol', 'symbol', 'timestamp', 'timestamp'] as const),
      ...(['string', 'uint', 'string'] as const),
    ],
  ],
]);
