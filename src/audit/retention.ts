import { ChainState, readCheckpoint, type Signer } from '@vigil/audit-chain';
import { InvariantError } from '@vigil/domain';
import type { AppClock } from '../ports/app-clock.js';
import type { AuditLog } from '../ports/audit-log.js';
import { auditEntry } from '../ports/audit-trail.js';
import { parseAuditContent } from './audit-event.js';
import { DISPOSE, disposedObject } from './audit-facts.js';

/**
 * Entries of one disposal. The store, and with SQLite the whole process, works on nothing else meanwhile: 5,000 entries of
 * lists of 40 patients take 1.4 s, which no alarm may wait for; so many take a tenth of that.
 */
export const DISPOSE_MAX = 500;
const READ = 500;
const DAY_MS = 86_400_000;

export interface RetentionOptions {
  readonly log: AuditLog;
  readonly clock: AppClock;
  readonly retentionDays: number;
}

/**
 * Disposes of the oldest entries whose time is over, up to the first that is held. The log goes on from a signed base:
 * size, chain and tree are as if the entries were there, so that older checkpoints and proofs still hold. An entry
 * records the disposal. Time and holds are read from what is hashed, not from the columns beside it, and the whole has
 * to lead to a signed checkpoint: nobody gets rid of an entry by making it look old.
 *
 * @returns how many went; 0 when nothing may go yet
 * @throws InvariantError when the entries are not what the chain says: nothing is disposed of then, it may be evidence
 */
export async function disposeOfOldest({ log, clock, retentionDays }: RetentionOptions, signer: Signer): Promise<number> {
  const wallMs = Math.round(clock.wallMs());
  const beforeWallMs = wallMs - retentionDays * DAY_MS;
  const last = await log.disposableTo(beforeWallMs, DISPOSE_MAX);
  if (last === null) return 0;
  const over = await log.checkpointOver(last);
  // Entries that nobody has signed yet can wait: the next checkpoint speaks for them.
  if (over === null) return 0;
  const start = await signedStart(log, signer);
  const held = new Set((await log.holds()).filter(({ liftedAtMs }) => liftedAtMs === null).map(({ patientId }) => patientId));
  const state = await walk(log, start, last, (content, seq) => {
    const { entry, wallMs: atMs } = parseAuditContent(content);
    if (!(atMs < beforeWallMs)) throw new InvariantError(`expected: entry ${seq} of the audit trail says its time`);
    if (entry.patientIds.some((patientId) => held.has(patientId)))
      throw new InvariantError(`expected: entry ${seq} of the audit trail, which is held, is found by its patients`);
  });
  requireSigned(over, await walk(log, state, over.size), signer, `the checkpoint over entry ${last}`);
  const note = signer.sign({ size: last, root: state.frontier.root(), head: state.chainHead, timeMs: wallMs });
  const entry = auditEntry({
    actor: 'system:retention',
    action: DISPOSE,
    object: disposedObject(last),
    outcome: 'allowed',
    detail: `entries ${start.nextSeq} to ${last}, kept for ${retentionDays} days`,
  });
  await log.dispose({ size: last, note, atWallMs: wallMs, state: state.serialise() }, entry);
  return last - start.size;
}

async function signedStart(log: AuditLog, signer: Signer): Promise<ChainState> {
  const base = await log.base();
  if (base === null) return ChainState.empty();
  const state = ChainState.restore(base.state);
  requireSigned(base, state, signer, 'the base');
  return state;
}

/** The state after entry `last`, computed anew from `start`. */
async function walk(
  log: AuditLog,
  start: ChainState,
  last: number,
  look: (content: string, seq: number) => void = () => undefined,
): Promise<ChainState> {
  const state = start.copy();
  while (state.size < last) {
    const entries = await log.read({ afterSeq: state.size, toSeq: last, limit: READ });
    if (entries.length === 0) throw new InvariantError(`expected: entry ${state.nextSeq} of the audit trail is there`);
    for (const { content, chain } of entries) {
      const link = state.append(Buffer.from(content)).toString('base64');
      if (link !== chain)
        throw new InvariantError(`expected: entry ${state.size} of the audit trail follows from the one before`);
      look(content, state.size);
    }
  }
  return state;
}

function requireSigned({ note }: { readonly note: string }, state: ChainState, signer: Signer, what: string): void {
  const read = readCheckpoint(note, signer.publicKeys);
  const agrees =
    read.ok &&
    read.checkpoint.size === state.size &&
    read.checkpoint.head.equals(state.chainHead) &&
    read.checkpoint.root.equals(state.frontier.root());
  if (!agrees) throw new InvariantError(`expected: ${what} of the audit trail is what this site signed`);
}
