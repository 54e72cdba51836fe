import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CareUnitId, type NotWatchedRow, type Page } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { patientsShown, UnitNotWatched } from './unit-not-watched.js';

/** Who of a care unit is not watched as the unit would watch them. */
@ApiTags('limits')
@Controller('api/v1/care-units')
export class NotWatchedController {
  constructor(private readonly unit: UnitNotWatched) {}

  @Get(':careUnitId/not-watched')
  @Requires('encounter.limits.read')
  @Endpoint({
    summary: 'List everything in a care unit that is not watched as the unit would watch it, in the order of its beds',
    description:
      'Own limits, standby, a silenced bedside device, metrics that no rule looks at, beds without a device or without data. Vigil has no way to switch a limit off, so that there is no such line.',
    params: { careUnitId: CareUnitId },
    answer: 'NotWatchedList',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async inUnit(@Context() context: RequestContext, @Param('careUnitId') id: unknown): Promise<Page<NotWatchedRow>> {
    const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
    context.subject(`careUnit:${careUnitId}`);
    context.requireScope('encounter.limits.read', careUnitId);
    const { stays, items } = await this.unit.now(careUnitId);
    const patients = patientsShown(
      stays,
      items.map(({ encounterId }) => encounterId),
    );
    context.subject(`careUnit:${careUnitId}`, patients, `${items.length} lines`);
    return { items: [...items], next: null };
  }
}
