import { type AnchorNotes, type AuditReport, ChainState, type NoteKey, type StoredEntry, verifyAudit } from '@vigil/audit-chain';
import type { AuditLog } from '../ports/audit-log.js';
import { auditFactsOf } from './audit-facts.js';
import { stateAt } from './log-nodes.js';

/** Entries between two of which the process does other work: some milliseconds of hashing. */
const READ = 200;

export interface VerificationInput {
  readonly log: AuditLog;
  /** Wall time; undefined: from the first entry that is left. */
  readonly fromMs: number | undefined;
  readonly publicKeys: readonly NoteKey[];
  /** Opened before the end of the log is looked at, so that none of them is ahead of it. */
  readonly anchors: readonly AnchorNotes[];
  readonly onRange: (firstSeq: number, lastSeq: number) => void;
  readonly onProgress: (checked: number) => void;
  readonly signal: AbortSignal;
}

/** What keeps a verification from saying anything. */
export class CannotVerify extends Error {
  override readonly name = 'CannotVerify';
  constructor(readonly why: 'stopped' | 'disposed' | 'noCheckpoint') {
    super(why);
  }
}

/**
 * The verifier of `vigil verify-audit` over a log that goes on being written: from an entry to the end as it was at the
 * beginning, in small steps, between which the process does what else it has to do.
 *
 * Unlike the verifier from outside it believes the keys of this process, and sees neither the guards of the database nor
 * what was seen earlier: whoever can change this program can make it say anything.
 *
 * @throws CannotVerify; PlatformError('audit-unavailable')
 */
export async function verifyRange(input: VerificationInput): Promise<AuditReport> {
  const { log, publicKeys, anchors } = input;
  const writerState = await log.state();
  const toSeq = ChainState.restore(writerState).size;
  const base = await startOf(log, input.fromMs);
  const afterSeq = base === null ? 0 : ChainState.restore(base.state).size;
  input.onRange(Math.min(afterSeq + 1, Math.max(toSeq, 1)), toSeq);
  const report = await verifyAudit({
    entries: entriesOf(input, afterSeq, toSeq),
    checkpoints: checkpointsOf(log, afterSeq, toSeq),
    factsOf: auditFactsOf,
    base,
    writerState,
    anchors,
    publicKeys,
  });
  // What was disposed of meanwhile looks like what was taken away.
  const now = await log.base();
  if (!report.ok && now !== null && now.size > afterSeq) throw new CannotVerify('disposed');
  return report;
}

/** The base of the whole log has a signature; that of a part needs none, because only the right one leads on. */
async function startOf(
  log: AuditLog,
  fromMs: number | undefined,
): Promise<{ readonly state: string; readonly note: string | null } | null> {
  const pruned = await log.base();
  const range = fromMs === undefined ? null : await log.seqsBetween(fromMs, undefined);
  const afterSeq = range === null ? 0 : range.first - 1;
  if (afterSeq <= (pruned?.size ?? 0)) return pruned === null ? null : { state: pruned.state, note: pruned.note };
  const state = await stateAt(log, afterSeq);
  // What the state is put together from is damaged: then everything is checked, which tells where.
  if (state === null) return pruned === null ? null : { state: pruned.state, note: pruned.note };
  return { state: state.serialise(), note: null };
}

async function* entriesOf(
  { log, onProgress, signal }: VerificationInput,
  afterSeq: number,
  toSeq: number,
): AsyncIterable<StoredEntry> {
  let checked = 0;
  for (let after = afterSeq; after < toSeq;) {
    if (signal.aborted) throw new CannotVerify('stopped');
    const batch = await log.readIndexed({ afterSeq: after, toSeq, limit: READ });
    if (batch.length === 0) return;
    for (const { seq, content, chain, columns } of batch) {
      yield { seq, entry: Buffer.from(content), chain: Buffer.from(chain, 'base64'), columns };
    }
    after = batch.at(-1)!.seq;
    checked += batch.length;
    onProgress(checked);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function* checkpointsOf(log: AuditLog, afterSeq: number, toSeq: number): AsyncIterable<string> {
  for (let from = Math.max(afterSeq, 0); ;) {
    const batch = await log.checkpoints(from, toSeq, READ);
    for (const { note } of batch) yield note;
    const last = batch.at(-1);
    if (last === undefined || batch.length < READ) return;
    from = last.size + 1;
  }
}
