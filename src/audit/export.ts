import type { PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { AuditLog, StoredAuditEntry } from '../ports/audit-log.js';
import { nodesOf, proveEntry, stateAt } from './log-nodes.js';

const READ = 200;

export interface ExportRequest {
  readonly patientId: PatientId | undefined;
  /** Wall time, `[fromMs, toMs)`. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/**
 * The audit trail as lines of JSON, which `vigil verify-audit --export` checks without the database:
 *
 * - `{kind:'vigil-audit-export', version, afterSeq, toSeq, patientId, state}` first. `state` is the chain's state after
 *   entry `afterSeq` (`ChainState`), from which the entries follow without a gap; null in an export of one patient.
 * - `{kind:'checkpoint', size, note}`, each after the entry that it covers last; in an export of one patient the newest
 *   one, before all entries.
 * - `{kind:'entry', seq, chain, content}`: `content` holds the hashed bytes, the canonical JSON of a FHIR AuditEvent. In
 *   an export of one patient there are `path` and `size` too: the entry's inclusion proof under the checkpoint.
 * - `{kind:'end', entries}` last: without it the export was cut off.
 *
 * An export by time is of whole stretches of the log: entries that were merged later keep their place in it.
 *
 * @throws PlatformError('audit-unavailable') also in the middle
 */
export async function* exportLines(log: AuditLog, request: ExportRequest): AsyncGenerator<string> {
  const lines = request.patientId === undefined ? wholeStretch(log, request) : onePatient(log, request, request.patientId);
  let entries = 0;
  for await (const line of lines) {
    if (line.kind === 'entry') entries += 1;
    yield `${JSON.stringify(line)}\n`;
  }
  yield `${JSON.stringify({ kind: 'end', entries })}\n`;
}

type Line = { readonly kind: 'vigil-audit-export' | 'checkpoint' | 'entry' } & Readonly<Record<string, unknown>>;

async function* wholeStretch(log: AuditLog, { fromMs, toMs }: ExportRequest): AsyncGenerator<Line> {
  const range = await log.seqsBetween(fromMs, toMs);
  const afterSeq = range === null ? 0 : range.first - 1;
  const toSeq = range?.last ?? 0;
  const state = range === null ? null : await stateAt(log, afterSeq);
  if (range !== null && state === null) throw new PlatformError('audit-unavailable', {}, true);
  yield { kind: 'vigil-audit-export', version: 1, afterSeq, toSeq, patientId: null, state: state?.serialise() ?? null };
  let size = afterSeq;
  for await (const batch of batches(log, { afterSeq, toSeq })) {
    const last = batch.at(-1)!.seq;
    const covering = await log.checkpoints(size + 1, last, READ);
    for (const entry of batch) {
      yield { kind: 'entry', ...entry };
      for (const { size: at, note } of covering) if (at === entry.seq) yield { kind: 'checkpoint', size: at, note };
    }
    size = last;
  }
}

async function* onePatient(log: AuditLog, { fromMs, toMs }: ExportRequest, patientId: PatientId): AsyncGenerator<Line> {
  const checkpoint = await log.lastCheckpoint();
  const size = checkpoint?.size ?? 0;
  const range = await log.seqsBetween(undefined, undefined);
  const toSeq = range?.last ?? 0;
  yield { kind: 'vigil-audit-export', version: 1, afterSeq: 0, toSeq, patientId, state: null };
  if (checkpoint !== null) yield { kind: 'checkpoint', size, note: checkpoint.note };
  const nodes = await nodesOf(log);
  for await (const batch of batches(log, { afterSeq: 0, toSeq, patientId, fromMs, toMs })) {
    for (const entry of batch) {
      // Entries of the last minute are under no checkpoint yet.
      const proof = entry.seq <= size ? { size, path: await proveEntry(log, entry.seq, size, nodes) } : { size: null, path: [] };
      yield { kind: 'entry', ...entry, ...proof };
    }
  }
}

async function* batches(
  log: AuditLog,
  range: Omit<Parameters<AuditLog['read']>[0], 'limit'>,
): AsyncGenerator<readonly StoredAuditEntry[]> {
  for (let { afterSeq } = range; ;) {
    const batch = await log.read({ ...range, afterSeq, limit: READ });
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    afterSeq = last.seq;
  }
}
