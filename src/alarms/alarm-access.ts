import { Injectable } from '@nestjs/common';
import { AlarmId } from '@vigil/contracts';
import { type Action, PlatformError } from '@vigil/domain';
import { Access } from '../access/access.js';
import type { RequestContext } from '../access/request-context.js';
import { parse } from '../http/invalid-request.js';
import { CareRelations } from '../ports/care-relations.js';

/** Which alarm a path names, and whether the caller may do this with it. */
@Injectable()
export class AlarmAccess {
  constructor(
    private readonly relations: CareRelations,
    private readonly access: Access,
  ) {}

  /** @throws PlatformError('not-found') for an alarm that is not there, or not for the caller */
  async inScope(context: RequestContext, id: unknown, action: Action): Promise<AlarmId> {
    const alarmId = parse(AlarmId, id, 'params.alarmId');
    context.subject(`alarm:${alarmId}`);
    const { careUnitIds, patientId } = await this.relations.subjectOf(alarmId);
    if (careUnitIds.length === 0) throw new PlatformError('not-found', { ids: [`alarm:${alarmId}`] });
    context.subject(`alarm:${alarmId}`, patientId);
    await this.access.require(context, action, { careUnitIds, patientId, alarmId });
    return alarmId;
  }
}
