import { Injectable } from '@nestjs/common';
import { type Encounter, EncounterId } from '@vigil/contracts';
import { type Action, PlatformError, READS_PATIENT } from '@vigil/domain';
import { parse } from '../http/invalid-request.js';
import { CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { Access } from './access.js';
import type { RequestContext } from './request-context.js';

/** The stay that a route is about, for whoever may do there what the route does. */
@Injectable()
export class StayAccess {
  constructor(
    private readonly directory: Directory,
    private readonly relations: CareRelations,
    private readonly access: Access,
  ) {}

  /**
   * Reads the stay that `params.encounterId` names, and notes it and its patient as what the request is about. One that is over is
   * in no care unit any more; it may be read, and nothing is done to it.
   *
   * @throws InvalidRequest; PlatformError('not-found') for a stay that is not there or not for the caller, and 'conflict' for one
   * that is over
   */
  async find(context: RequestContext, id: unknown, action: Action): Promise<Encounter> {
    const encounterId = parse(EncounterId, id, 'params.encounterId');
    const subject = `encounter:${encounterId}` as const;
    context.subject(subject);
    const stay = await this.directory.encounter(encounterId);
    if (stay === null) throw new PlatformError('not-found', { ids: [subject] });
    context.subject(subject, stay.patientId);
    const isOpen = stay.dischargedMs === null;
    const careUnitId = isOpen ? await this.relations.careUnitOf(stay.bedId) : null;
    const careUnitIds = careUnitId === null ? [] : [careUnitId];
    await this.access.require(context, action, { careUnitIds, patientId: stay.patientId });
    if (!isOpen && !READS_PATIENT.has(action)) throw new PlatformError('conflict', { ids: [subject] });
    return stay;
  }
}
