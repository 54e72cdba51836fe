import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type Checkpoint,
  HASH_BYTES,
  isConsistent,
  makeFolder,
  type NoteKey,
  parseNoteKey,
  readCheckpoint,
  writeWhole,
} from '@vigil/audit-chain';
import { z } from 'zod';

/** Longest body that is looked at: a note, and at most 63 lines of proof. */
export const WITNESS_BODY_BYTES_MAX = 16_384;
const PROOF_LINES_MAX = 63;

/** How the log of a note differs from the log that was seen before. */
export type LogChange =
  /** It ends earlier. */
  | 'truncated'
  /** It does not begin with what was seen. */
  | 'rebuilt'
  /** It is signed with a key that nothing announced. */
  | 'unknown-key';

const Kept = z.object({
  /** The newest note that continues all before it. */
  note: z.string().nullable(),
  /** Public keys that notes are believed of: those of the first start, and those that were announced since. */
  keys: z.array(z.string()),
  changed: z.object({ how: z.enum(['truncated', 'rebuilt', 'unknown-key']), note: z.string(), atWallMs: z.number() }).nullable(),
});
export type Kept = z.infer<typeof Kept>;

export const NOTHING_SEEN: Kept = { note: null, keys: [], changed: null };

export interface Verdict {
  readonly status: 200 | 400 | 403 | 409 | 422;
  readonly text: string;
  readonly kept: Kept;
}

/**
 * What the witness makes of a note. Pure. The note that it keeps is only ever followed by one that continues it.
 *
 * Source: C2SP tlog-witness, `add-checkpoint`, with two differences: a smaller log that is signed later is answered with
 * 422 and remembered, for this witness has one log and is there to tell; and the answer is not countersigned.
 */
export function consider(kept: Kept, body: string, wallMs: number): Verdict {
  const request = parseRequest(body);
  if (request === null) return { status: 400, text: 'not a checkpoint\n', kept };
  const changed = (how: LogChange, status: 403 | 422): Verdict => {
    return {
      status,
      text: `${how}\n`,
      kept: { ...kept, changed: kept.changed ?? { how, note: request.note, atWallMs: wallMs } },
    };
  };
  const keys = kept.keys.map(parseNoteKey).filter((key) => key !== null);
  const read = readCheckpoint(request.note, keys);
  if (!read.ok) return read.fault === 'key-unknown' ? changed('unknown-key', 403) : { status: 400, text: 'not signed\n', kept };
  const before = kept.note === null ? null : readCheckpoint(kept.note, keys);
  const seen = before?.ok === true ? before.checkpoint : null;
  const size = seen?.size ?? 0;
  if (request.oldSize !== size) return { status: 409, text: `${size}\n`, kept };
  const { checkpoint } = read;
  if (seen !== null && checkpoint.size < size) {
    // A note that was held up on its way is old news, and no log that became smaller.
    return checkpoint.timeMs > seen.timeMs ? changed('truncated', 422) : { status: 409, text: `${size}\n`, kept };
  }
  if (seen !== null && !continues(seen, checkpoint, request.proof)) return changed('rebuilt', 422);
  return { status: 200, text: '', kept: { ...kept, note: request.note, keys: withKey(kept.keys, checkpoint.nextKey) } };
}

function continues(seen: Checkpoint, now: Checkpoint, proof: readonly Buffer[]): boolean {
  const isSameChain = seen.size !== now.size || seen.head.equals(now.head);
  return isSameChain && isConsistent(seen, now, proof);
}

function withKey(keys: readonly string[], next: NoteKey | null): string[] {
  return next === null || keys.includes(next.line) ? [...keys] : [...keys, next.line];
}

interface Request {
  readonly oldSize: number;
  readonly proof: readonly Buffer[];
  readonly note: string;
}

function parseRequest(body: string): Request | null {
  const end = body.indexOf('\n\n');
  if (end < 0) return null;
  const [old = '', ...lines] = body.slice(0, end).split('\n');
  const match = /^old (0|[1-9][0-9]{0,15})$/.exec(old);
  const proof = lines.map((line) => Buffer.from(line, 'base64'));
  if (match === null || proof.length > PROOF_LINES_MAX || proof.some((hash) => hash.length !== HASH_BYTES)) return null;
  return { oldSize: Number(match[1]), proof, note: body.slice(end + 2) };
}

export interface WitnessOptions {
  /** Where the witness keeps what it saw; nothing but the witness writes there. */
  readonly file: string;
  /** The log's public keys, believed once, when nothing was kept yet. Empty until there are any. */
  readonly readKeys: () => readonly NoteKey[];
  readonly wallMs: () => number;
}

/** Keeps the newest checkpoint of the audit log where the log's own process has no business, and compares. */
export class Witness {
  private kept: Kept;
  /** Wall time of the last note that continued the log; null since the start of this process. */
  lastTakenMs: number | null = null;

  /** @throws Error when the file is there and can't be read: a witness that forgets is none */
  constructor(private readonly options: WitnessOptions) {
    this.kept = readKept(options.file);
  }

  get changed(): Kept['changed'] {
    return this.kept.changed;
  }

  /** Answers one request. What it means is on disk before the answer goes out. */
  take(body: string): Pick<Verdict, 'status' | 'text'> {
    const wallMs = this.options.wallMs();
    const kept = this.kept.keys.length > 0 ? this.kept : { ...this.kept, keys: this.options.readKeys().map(({ line }) => line) };
    // Without a key nothing can be said of a note, good or bad.
    if (kept.keys.length === 0) return { status: 409, text: 'no public key yet\n' };
    const { status, text, kept: next } = consider(kept, body, wallMs);
    if (next !== this.kept && (status === 200 || next.changed !== this.kept.changed)) {
      makeFolder(dirname(this.options.file));
      writeWhole(this.options.file, `${JSON.stringify(next, null, 2)}\n`, 0o600);
      this.kept = next;
    }
    if (status === 200) this.lastTakenMs = wallMs;
    return { status, text };
  }
}

function readKept(file: string): Kept {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING_SEEN;
    throw error;
  }
  const parsed = Kept.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error(`${file} is not what the witness wrote; keep it, and see docs/runbook.md, "audit-log-changed"`);
  return parsed.data;
}
