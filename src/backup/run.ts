import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { BackupError } from './backup-error.js';
import type { StoreKind } from './databases.js';
import type { BlockRef } from './pack.js';

const REF_BYTES = 20;

const File = z.object({
  path: z.string().regex(/^[^/\\]+(\/[^/\\]+)*$/),
  mode: z.number(),
  bytes: z.number(),
  /** SHA-256 over the hashes of its blocks. */
  tree: z.string(),
  /** `REF_BYTES` a block: number of the pack in `packs`, number of the block, offset, length; base64. */
  blocks: z.string(),
});

/** What a run has, for whoever may read it. */
const RunBody = z.object({
  /** Begin of what it shows. */
  fromMs: z.number(),
  packs: z.array(z.string()),
  files: z.array(File),
  /**
   * The newest migration of the relational store, so that an older version refuses it before it writes anything. Of a PostgreSQL database with
   * `postgres/` before it, which versions that know only files refuse, too.
   */
  schema: z.string().nullable(),
  dump: z.object({ major: z.number(), schema: z.string() }).nullable().default(null),
  /** Which log its positions are of. */
  log: z.string().nullable(),
  /** Number of the newest entry of the audit log. */
  auditSeq: z.number(),
});

export interface FileInRun {
  readonly path: string;
  readonly mode: number;
  readonly bytes: number;
  readonly tree: string;
  readonly blocks: readonly BlockRef[];
}

export type RunContent = Omit<z.infer<typeof RunBody>, 'files' | 'packs'> & {
  readonly store: StoreKind;
  readonly files: readonly FileInRun[];
};

const POSTGRES = 'postgres/';

export function encodeRun({ files, store, ...more }: RunContent): {
  readonly bytes: Buffer;
  readonly packIds: readonly string[];
} {
  const numbers = new Map<string, number>();
  const numberOf = (packId: string): number => {
    const known = numbers.get(packId) ?? numbers.size;
    numbers.set(packId, known);
    return known;
  };
  const encoded = files.map(({ blocks, ...file }) => {
    const refs = Buffer.alloc(blocks.length * REF_BYTES);
    blocks.forEach(({ packId, seq, offset, bytes }, i) => {
      refs.writeUInt32BE(numberOf(packId), i * REF_BYTES);
      refs.writeUInt32BE(seq, i * REF_BYTES + 4);
      refs.writeBigUInt64BE(BigInt(offset), i * REF_BYTES + 8);
      refs.writeUInt32BE(bytes, i * REF_BYTES + 16);
    });
    return { ...file, blocks: refs.toString('base64') };
  });
  const packIds = [...numbers.keys()];
  const schema = store === 'postgres' ? `${POSTGRES}${more.schema ?? ''}` : more.schema;
  const body: z.infer<typeof RunBody> = { ...more, schema, packs: packIds, files: encoded };
  return { bytes: gzipSync(JSON.stringify(body)), packIds };
}

/** @throws BackupError `newer-version` */
export function decodeRun(bytes: Buffer, path: string): RunContent {
  let body: z.infer<typeof RunBody>;
  try {
    body = RunBody.parse(JSON.parse(gunzipSync(bytes).toString()));
  } catch (cause) {
    throw new BackupError(
      'newer-version',
      `${path} can't be read by this version of Vigil: restore it with the version that made it`,
      cause,
    );
  }
  const { packs, files, ...more } = body;
  const store = more.schema?.startsWith(POSTGRES) === true ? 'postgres' : 'sqlite';
  const schema = store === 'postgres' ? more.schema!.slice(POSTGRES.length) : more.schema;
  return {
    ...more,
    store,
    schema,
    files: files.map((file) => ({ ...file, blocks: refsOf(Buffer.from(file.blocks, 'base64'), packs) })),
  };
}

function refsOf(refs: Buffer, packs: readonly string[]): readonly BlockRef[] {
  return Array.from({ length: refs.length / REF_BYTES }, (_, i) => ({
    packId: packs[refs.readUInt32BE(i * REF_BYTES)]!,
    seq: refs.readUInt32BE(i * REF_BYTES + 4),
    offset: Number(refs.readBigUInt64BE(i * REF_BYTES + 8)),
    bytes: refs.readUInt32BE(i * REF_BYTES + 16),
  }));
}
