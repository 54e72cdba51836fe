import { Injectable } from '@nestjs/common';
import type { AssignmentConflict, BedId, EncounterId } from '@vigil/contracts';
import { AssignmentRefused } from '@vigil/domain';
import { Access } from '../access/access.js';
import type { RequestContext } from '../access/request-context.js';
import { CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';

/** What stands in the way of a change of stays, told to whoever may know it: a refusal must not say where a stranger lies. */
@Injectable()
export class RefusedStays {
  constructor(
    private readonly directory: Directory,
    private readonly relations: CareRelations,
    private readonly access: Access,
  ) {}

  /**
   * Waits for a change. Where it is refused, what the caller may not read is told by kind and time alone: no stay, and no bed but the
   * one that the caller named.
   *
   * @throws AssignmentRefused without what is not for the caller; whatever else the change throws
   */
  async told<T>(context: RequestContext, askedBedId: BedId, change: Promise<T>): Promise<T> {
    try {
      return await change;
    } catch (error) {
      if (!(error instanceof AssignmentRefused)) throw error;
      const readable = await this.readable(context, error.conflicts);
      throw new AssignmentRefused(error.conflicts.map((conflict) => shown(conflict, readable, askedBedId)));
    }
  }

  private async readable(context: RequestContext, conflicts: readonly AssignmentConflict[]): Promise<ReadonlySet<EncounterId>> {
    const ids = new Set(conflicts.flatMap(({ encounterId }) => (encounterId === undefined ? [] : [encounterId])));
    const found = new Set<EncounterId>();
    for (const id of ids) if (await this.mayRead(context, id)) found.add(id);
    return found;
  }

  private async mayRead(context: RequestContext, encounterId: EncounterId): Promise<boolean> {
    const stay = await this.directory.encounter(encounterId);
    if (stay === null) return false;
    const careUnitId = stay.dischargedMs === null ? await this.relations.careUnitOf(stay.bedId) : null;
    const place = { careUnitIds: careUnitId === null ? [] : [careUnitId], patientId: stay.patientId };
    const { allowed, grantId } = await this.access.decide(context.caller, 'encounter.read', place);
    if (allowed && grantId !== null) context.actUnder(grantId);
    return allowed;
  }
}

function shown(conflict: AssignmentConflict, readable: ReadonlySet<EncounterId>, askedBedId: BedId): AssignmentConflict {
  const { encounterId, bedId, ...rest } = conflict;
  if (encounterId === undefined || readable.has(encounterId)) return conflict;
  return bedId === askedBedId ? { ...rest, bedId } : rest;
}
