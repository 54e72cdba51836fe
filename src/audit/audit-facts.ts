import type { EntryFacts } from '@vigil/audit-chain';
import { parseAuditContent } from './audit-event.js';

/** Names the last entry of a disposal in the entry that records it: `audit:1..<last>`. */
export const disposedObject = (lastSeq: number): string => `audit:1..${lastSeq}`;
export const DISPOSE = 'audit.dispose';

const TEXT = new TextDecoder();

/**
 * What an entry says of itself, for the verifier to hold against its place and against the columns of the table
 * `audit`. `patients` are the rows of `audit_patient`, sorted and apart by spaces. Null for what can't be read.
 */
export function auditFactsOf(content: Uint8Array): EntryFacts | null {
  try {
    const { entry, seq, wallMs } = parseAuditContent(TEXT.decode(content));
    const { actor, action, object, outcome, entryId, patientIds } = entry;
    const patients = [...new Set(patientIds)].sort().join(' ');
    return {
      seq: Number.isSafeInteger(seq) ? seq : null,
      columns: { at_wall_ms: wallMs, actor, action, object, outcome, entry_id: entryId, patients },
      disposedTo: action === DISPOSE && outcome === 'allowed' ? disposedTo(object) : null,
    };
  } catch {
    return null;
  }
}

function disposedTo(object: string): number | null {
  const [, last] = /^audit:1\.\.([1-9][0-9]{0,15})$/.exec(object) ?? [];
  return last === undefined ? null : Number(last);
}
