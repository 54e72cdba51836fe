import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CareUnitId, type LimitsOffRow, type Page } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { LimitsOffPicture } from './limits-off-picture.js';
import { patientsShown } from './unit-not-watched.js';

/** What of a care unit alarms less than it should, on one page. */
@ApiTags('limits')
@Controller('api/v1/care-units')
export class LimitsOffController {
  constructor(private readonly picture: LimitsOffPicture) {}

  @Get(':careUnitId/limits-off')
  @Requires('limits-off.read')
  @Endpoint({
    summary:
      'List everything by which the beds of a care unit alarm less than the unit would have it, since and until when, and by whom',
    description:
      'Shelved conditions, standby, limits wider than those of the unit, silenced bedside devices, metrics without a rule, beds without data, screens whose sound is paused, and screens that may be dark.',
    params: { careUnitId: CareUnitId },
    answer: 'LimitsOffList',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async inUnit(@Context() context: RequestContext, @Param('careUnitId') id: unknown): Promise<Page<LimitsOffRow>> {
    const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
    const subject = `careUnit:${careUnitId}` as const;
    context.subject(subject);
    context.requireScope('limits-off.read', careUnitId);
    const { stays, items } = await this.picture.now(careUnitId);
    const patients = patientsShown(
      stays,
      items.map(({ encounterId }) => encounterId),
    );
    context.subject(subject, patients, `${items.length} lines`);
    return { items: [...items], next: null };
  }
}
