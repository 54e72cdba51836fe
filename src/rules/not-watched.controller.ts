import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CareUnitId, type NotWatchedRow, type Page } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { LiveState } from '../ports/live-state.js';
import { RuleSets } from '../ports/rule-sets.js';
import { StandbyStore } from '../ports/standby.js';
import { StayLimitStore } from '../ports/stay-limits.js';
import { notWatched } from './not-watched.js';

/** Who of a care unit is not watched as the unit would watch them. */
@ApiTags('limits')
@Controller('api/v1/care-units')
export class NotWatchedController {
  constructor(
    private readonly directory: Directory,
    private readonly limits: StayLimitStore,
    private readonly standby: StandbyStore,
    private readonly ruleSets: RuleSets,
    private readonly live: LiveState,
    private readonly clock: AppClock,
  ) {}

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
    const { rate } = this.clock;
    const nowMs = this.clock.nowMs();
    const [beds, own, away, active] = await Promise.all([
      this.directory.beds(careUnitId),
      this.limits.inForce({ careUnitId, nowMs }),
      this.standby.inForce({ careUnitId, nowMs }),
      this.ruleSets.active(),
    ]);
    const ruleSet = active?.ruleSet ?? null;
    const stays = beds.flatMap((bed) => (bed.encounter === null ? [] : [{ bed, stay: bed.encounter }]));
    const items = stays.flatMap(({ bed, stay }) =>
      notWatched({
        ...{ bed, stay, ruleSet, nowMs, rate },
        own: own.filter(({ encounterId }) => encounterId === stay.encounterId),
        standby: away.find(({ encounterId }) => encounterId === stay.encounterId) ?? null,
        live: this.live.bedside(bed.bedId),
      }),
    );
    const shown = new Set(items.map(({ encounterId }) => encounterId));
    const patients = stays.flatMap(({ stay }) => (shown.has(stay.encounterId) ? [stay.patientId] : []));
    context.subject(`careUnit:${careUnitId}`, patients, `${items.length} lines`);
    return { items, next: null };
  }
}
