import { Injectable } from '@nestjs/common';
import type { BedId, CareUnitId, DeviceId, PatientId } from '@vigil/contracts';
import { may, PlatformError } from '@vigil/domain';
import { Access } from '../access/access.js';
import { OutOfScope, type RequestContext } from '../access/request-context.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { DeviceAssignments } from '../ports/device-assignments.js';
import type { Stretch } from './touched.js';

/** Most spans of one device that one command looks at. */
const SPANS_MAX = 50;

/** Who may put which device to which bed. */
@Injectable()
export class AssignmentAccess {
  constructor(
    private readonly assignments: DeviceAssignments,
    private readonly relations: CareRelations,
    private readonly access: Access,
    private readonly clock: AppClock,
  ) {}

  /**
   * Lets an assignment, or the end of one, go on: in a care unit where the caller may assign, and where somebody lay or lies there in
   * that time, for whoever cares for patients there.
   *
   * @returns whom it concerns
   * @throws OutOfScope; PlatformError 'not-found' (no such bed), 'forbidden' (somebody lies there)
   */
  async requireAssign(context: RequestContext, bedId: BedId, stretch: Stretch): Promise<readonly PatientId[]> {
    const careUnitId = await this.careUnitOf(bedId);
    context.requireScope('device.assign', careUnitId);
    const patients = await this.patientsIn(bedId, stretch);
    const isAllowed = may(context.caller, 'device.assign.occupied', { careUnitIds: [careUnitId] }).allowed;
    if (patients.length > 0 && !isAllowed) throw new PlatformError('forbidden', { ids: [`bed:${bedId}`] });
    return patients;
  }

  /** The same for every other bed at which the device stands then: it is taken away from there. */
  async requireTakeAway(
    context: RequestContext,
    device: { readonly deviceId: DeviceId; readonly toBedId: BedId },
    fromMs: number,
  ): Promise<readonly PatientId[]> {
    const { deviceId, toBedId } = device;
    const { items } = await this.assignments.list({ deviceId, atMs: fromMs, limit: SPANS_MAX });
    const patients: PatientId[] = [];
    for (const { bedId, toMs } of items) {
      if (bedId !== toBedId) patients.push(...(await this.requireAssign(context, bedId, { fromMs, toMs })));
    }
    return patients;
  }

  /**
   * Lets a correction go on that changes what was brought to the bed in that time. Whoever lies there now has to be treated by the
   * caller; who has left since is treated by nobody for long, and wrong readings must not stay in their record for that reason.
   *
   * @returns whom it concerns
   * @throws OutOfScope; PlatformError('not-found')
   */
  async requireCorrect(context: RequestContext, bedId: BedId, stretch: Stretch): Promise<readonly PatientId[]> {
    const careUnitId = await this.careUnitOf(bedId);
    const stays = await this.staysIn(bedId, stretch);
    // An empty bed has nobody who could be treated; that the caller may do this at all was decided before.
    const worksThere = context.caller.careUnitIds.includes(careUnitId);
    if (!worksThere) throw new OutOfScope('the actor does not work in its care unit now');
    for (const { patientId, dischargedMs } of stays) {
      if (dischargedMs === null)
        await this.access.require(context, 'assignment.correct', { careUnitIds: [careUnitId], patientId });
    }
    return stays.map(({ patientId }) => patientId);
  }

  private async patientsIn(bedId: BedId, stretch: Stretch): Promise<readonly PatientId[]> {
    return (await this.staysIn(bedId, stretch)).map(({ patientId }) => patientId);
  }

  private staysIn(bedId: BedId, { fromMs, toMs }: Stretch) {
    // A stay that begins while the request runs counts too.
    const untilMs = toMs ?? Math.max(fromMs, this.clock.nowMs()) + 1;
    return this.relations.staysIn(bedId, fromMs, untilMs);
  }

  private async careUnitOf(bedId: BedId): Promise<CareUnitId> {
    const careUnitId = await this.relations.careUnitOf(bedId);
    if (careUnitId === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    return careUnitId;
  }
}
