import type { ChangeReason } from '@vigil/contracts';
import type { Change } from '../../ports/change.js';

/** Who makes a change and where it comes from; see `Change`. */
export type Author = Pick<Change, 'by' | 'source' | 'sourceRef'>;

/** What a log event says of who made it; nothing where nobody has told. */
export function authoredBy(author: Partial<Author>, reason?: ChangeReason): Readonly<Record<string, unknown>> {
  const { by, source, sourceRef } = author;
  if (source === undefined) return {};
  return {
    by: by ?? null,
    source,
    ...(sourceRef === null || sourceRef === undefined ? {} : { sourceRef }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Whom the list of done commands names where no person does it. */
export function doneBy({ by, source }: Pick<Author, 'by' | 'source'>): string {
  return by ?? `system:${source}`;
}

/** An audit entry that also names these patients. */
export function auditWith(change: Pick<Change, 'audit'>, patientIds: readonly string[]): Change['audit'] {
  const all = [...new Set([...change.audit.patientIds, ...patientIds])].sort() as Change['audit']['patientIds'][number][];
  return { ...change.audit, patientIds: all };
}
