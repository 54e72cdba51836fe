import { z } from 'zod';
import type { BlockRef } from './pack.js';

const HASH_BYTES = 32;

const Index = z.object({
  format: z.literal(1),
  targetId: z.string(),
  /** When everything was written last. */
  fullMs: z.number(),
  packs: z.array(z.object({ id: z.string(), bytes: z.number(), sha256: z.string() })),
  files: z.record(
    z.string(),
    z.object({ hashes: z.string(), refs: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])) }),
  ),
});
type Index = z.infer<typeof Index>;

export interface KnownBlock {
  readonly hash: Buffer;
  readonly ref: BlockRef;
}

/** What the newest run has, so that the next one writes only what has changed since. It is kept on the machine, and may be lost. */
export interface BlockIndex {
  readonly targetId: string;
  readonly fullMs: number;
  readonly packs: Index['packs'];
  readonly files: ReadonlyMap<string, readonly KnownBlock[]>;
}

export function encodeIndex({ targetId, fullMs, packs, files }: BlockIndex): Buffer {
  const numbers = new Map(packs.map(({ id }, i) => [id, i]));
  const encoded = [...files].map(([path, blocks]) => [
    path,
    {
      hashes: Buffer.concat(blocks.map(({ hash }) => hash)).toString('base64'),
      refs: blocks.map(({ ref }) => [numbers.get(ref.packId)!, ref.seq, ref.offset, ref.bytes] as const),
    },
  ]);
  return Buffer.from(JSON.stringify({ format: 1, targetId, fullMs, packs, files: Object.fromEntries(encoded) as unknown }));
}

/** Null for what can't be read: the next run is a full one. */
export function decodeIndex(text: string): BlockIndex | null {
  let index: Index;
  try {
    index = Index.parse(JSON.parse(text));
  } catch {
    return null;
  }
  const { packs } = index;
  const files = Object.entries(index.files).map(([path, { hashes, refs }]) => {
    const bytes = Buffer.from(hashes, 'base64');
    const blocks = refs.map(([pack, seq, offset, length], i) => ({
      hash: bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
      ref: { packId: packs[pack]!.id, seq, offset, bytes: length },
    }));
    return [path, blocks] as const;
  });
  return { targetId: index.targetId, fullMs: index.fullMs, packs, files: new Map(files) };
}
