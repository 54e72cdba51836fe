import { createHash } from 'node:crypto';
import type { QuarantineReason } from '@vigil/contracts';
import type { CareRelations } from '../ports/care-relations.js';
import type { Kept, KeptReason } from '../ports/ehr-out.js';
import type { Tasks } from '../ports/tasks.js';

const DAY_MS = 86_400_000;
/** Subjects that this process knows to have a task; beyond it asks the store again. */
const KNOWN_MAX = 10_000;
const REASON: Readonly<Record<KeptReason, QuarantineReason>> = {
  'no-stay': 'stay-unknown',
  'no-identifier': 'no-identifier',
  refused: 'refused-by-server',
};

/**
 * A person is told what waits: once a day (wall time) for each bed without a stay, for each patient whom the server does not know, and
 * for each stay and code of a refusal. Not once for each reading.
 */
export class OutTasks {
  private readonly known = new Set<string>();

  constructor(
    private readonly tasks: Pick<Tasks, 'open'>,
    private readonly relations: Pick<CareRelations, 'careUnitOf'>,
  ) {}

  /** @throws PlatformError 'store-unavailable' */
  async open(kept: readonly Kept[], wallMs: number): Promise<void> {
    for (const { reason, issue, status, bedId, encounterId, patientId } of kept) {
      const subject = { 'no-stay': bedId, 'no-identifier': patientId, refused: `${encounterId}/${issue}` }[reason];
      const facts = `${reason}/${subject}/${Math.floor(wallMs / DAY_MS)}`;
      if (this.known.has(facts)) continue;
      await this.tasks.open(
        {
          taskId: `fhir-out-${createHash('sha256').update(facts).digest('hex').slice(0, 32)}`,
          kind: 'fhir-out',
          reason: REASON[reason],
          careUnitId: await this.relations.careUnitOf(bedId),
          bedId,
          patientId,
          detail: { issue, status, encounterId },
        },
        wallMs,
      );
      if (this.known.size >= KNOWN_MAX) this.known.clear();
      this.known.add(facts);
    }
  }
}
