import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CareUnitId, type LimitsOffRow, type Page } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { AudioPauses } from '../ports/audio-pauses.js';
import { ShelfStore } from '../ports/shelves.js';
import { limitsOff } from './limits-off.js';
import { patientsShown, UnitNotWatched } from './unit-not-watched.js';

/** What of a care unit alarms less than it should, on one page. */
@ApiTags('limits')
@Controller('api/v1/care-units')
export class LimitsOffController {
  constructor(
    private readonly unit: UnitNotWatched,
    private readonly shelves: ShelfStore,
    private readonly pauses: AudioPauses,
    private readonly clock: AppClock,
  ) {}

  @Get(':careUnitId/limits-off')
  @Requires('limits-off.read')
  @Endpoint({
    summary:
      'List everything by which the beds of a care unit alarm less than the unit would have it, since and until when, and by whom',
    description:
      'Shelved conditions, standby, limits wider than those of the unit, silenced bedside devices, metrics without a rule, beds without data, and screens whose sound is paused.',
    params: { careUnitId: CareUnitId },
    answer: 'LimitsOffList',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async inUnit(@Context() context: RequestContext, @Param('careUnitId') id: unknown): Promise<Page<LimitsOffRow>> {
    const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
    const subject = `careUnit:${careUnitId}` as const;
    context.subject(subject);
    context.requireScope('limits-off.read', careUnitId);
    const [unit, shelves, pauses] = await Promise.all([
      this.unit.now(careUnitId),
      this.shelves.inForce({ careUnitId, nowMs: this.clock.nowMs() }),
      this.pauses.inForce(careUnitId, this.clock.wallMs()),
    ]);
    const items = [...limitsOff({ ...unit, shelves, pauses })];
    const patients = patientsShown(
      unit.stays,
      items.map(({ encounterId }) => encounterId),
    );
    context.subject(subject, patients, `${items.length} lines`);
    return { items, next: null };
  }
}
