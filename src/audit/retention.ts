import { ChainState, type Signer } from '@vigil/audit-chain';
import { InvariantError } from '@vigil/domain';
import type { AppClock } from '../ports/app-clock.js';
import type { AuditLog } from '../ports/audit-log.js';
import { auditEntry } from '../ports/audit-trail.js';
import { DISPOSE, disposedObject } from './audit-facts.js';

/** Entries of one disposal: the store works on nothing else meanwhile, so it is short. */
export const DISPOSE_MAX = 5_000;
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
 * records the disposal.
 *
 * @returns how many went; 0 when nothing may go yet
 * @throws InvariantError when the entries are not what the chain says: nothing is disposed of then, it may be evidence
 */
export async function disposeOfOldest({ log, clock, retentionDays }: RetentionOptions, signer: Signer): Promise<number> {
  const wallMs = Math.round(clock.wallMs());
  const last = await log.disposableTo(wallMs - retentionDays * DAY_MS, DISPOSE_MAX);
  if (last === null) return 0;
  const before = await log.base();
  const state = before === null ? ChainState.empty() : ChainState.restore(before.state);
  const first = state.nextSeq;
  while (state.size < last) {
    const entries = await log.read({ afterSeq: state.size, toSeq: last, limit: READ });
    if (entries.length === 0) throw new InvariantError(`expected: entry ${state.nextSeq} of the audit trail is there`);
    for (const { content, chain } of entries) {
      const link = state.append(Buffer.from(content)).toString('base64');
      if (link !== chain)
        throw new InvariantError(`expected: entry ${state.size} of the audit trail follows from the one before`);
    }
  }
  const note = signer.sign({ size: last, root: state.frontier.root(), head: state.chainHead, timeMs: wallMs });
  const entry = auditEntry({
    actor: 'system:retention',
    action: DISPOSE,
    object: disposedObject(last),
    outcome: 'allowed',
    detail: `entries ${first} to ${last}, kept for ${retentionDays} days`,
  });
  await log.dispose({ size: last, note, atWallMs: wallMs, state: state.serialise() }, entry);
  return last - first + 1;
}
