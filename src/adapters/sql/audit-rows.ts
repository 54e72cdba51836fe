import type { ChainState } from '@vigil/audit-chain';
import { contentOf, parseAuditContent } from '../../audit/audit-event.js';
import type { AuditEntry } from '../../ports/audit-trail.js';
import type { AuditNodeTable, AuditPatientTable, AuditTable } from './schema-audit.js';

/**
 * Subtrees of 2^8 entries and more are kept, so that a proof about any entry reads at most 510 entries and a few
 * nodes; smaller ones are made of the entries again.
 */
export const NODE_LEVEL_MIN = 8;

export interface AuditRows {
  readonly audit: AuditTable;
  readonly patients: readonly AuditPatientTable[];
  readonly nodes: readonly AuditNodeTable[];
}

/** What one entry leaves in the tables. The state moves on by it. */
export function rowsOf(state: ChainState, entry: AuditEntry, wallMs: number): AuditRows {
  const seq = state.nextSeq;
  const content = contentOf(entry, seq, wallMs);
  const nodes: AuditNodeTable[] = [];
  const chain = state.append(Buffer.from(content), (level, place, hash) => {
    if (level >= NODE_LEVEL_MIN) nodes.push({ level, place, hash: hash.toString('base64') });
  });
  const { audit, patients } = indexRowsOf(content);
  return { audit: { ...audit, content, chain: chain.toString('base64') }, patients, nodes };
}

/**
 * The columns that searches go by, made from the content alone: what was changed in them and not in the content, or
 * the other way round, shows.
 */
export function indexRowsOf(content: string): {
  readonly audit: Omit<AuditTable, 'content' | 'chain'>;
  readonly patients: readonly AuditPatientTable[];
} {
  const { entry, seq, wallMs } = parseAuditContent(content);
  const { actor, action, object, outcome, entryId } = entry;
  return {
    audit: { seq, at_wall_ms: wallMs, actor, action, object, outcome, entry_id: entryId },
    patients: [...new Set(entry.patientIds)].sort().map((patientId) => ({ seq, patient_id: patientId })),
  };
}
