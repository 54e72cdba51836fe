import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type AuditRow,
  BedId,
  EncounterId,
  EpochMs,
  MetricName,
  type StayChange,
  type StayChanges,
  StayChangesQuery,
} from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { StayAccess } from '../access/stay-access.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { AuditTrail, REPEATED } from '../ports/audit-trail.js';
import { Directory } from '../ports/directory.js';

/** Newest entries of the audit trail that one answer is made of. */
const ROWS_MAX = 500;
const ACTIONS = [
  ...['encounter.admit', 'encounter.transfer', 'encounter.discharge', 'encounter.correct'],
  ...['encounter.limits.set', 'encounter.profile.set', 'score-settings.set'],
];
const KINDS: Readonly<Record<string, StayChange['kind']>> = {
  'encounter.admit': 'admitted',
  'encounter.transfer': 'transferred',
  'encounter.discharge': 'discharged',
  'encounter.correct': 'corrected',
  'encounter.profile.set': 'ageGroup',
  'score-settings.set': 'scoreSettings',
};
/** As stay-limits.controller.ts says it. */
const LIMITS: Readonly<Record<string, StayChange['kind']>> = {
  set: 'limitsSet',
  wider: 'limitsWider',
  'back to the unit': 'limitsOfUnit',
};

/** What people did to a stay, for whoever reviews it: of the audit trail what, when and by whom, and nothing of who looked. */
@ApiTags('patients')
@Controller('api/v1/encounters/:encounterId/changes')
export class StayChangesController {
  constructor(
    private readonly stays: StayAccess,
    private readonly trail: AuditTrail,
    private readonly directory: Directory,
  ) {}

  @Get()
  @Requires('encounter.read')
  @Endpoint({
    summary: 'List who admitted, moved or discharged the patient, or changed limits, age group or score of the stay',
    description: `Wall time, half-open; the newest ${ROWS_MAX}, and \`cut\` says that there are more. Moves that the messages of the hospital brought are among them; what came again and changed nothing is not. Which limits were set is not kept; the present ones are in \`limits\`.`,
    params: { encounterId: EncounterId },
    query: StayChangesQuery,
    answer: 'StayChanges',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async list(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Query() query: unknown,
  ): Promise<StayChanges> {
    const { from: fromMs, to: toMs } = parse(StayChangesQuery, query, 'query');
    if (fromMs >= toMs) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    const { encounterId } = await this.stays.find(context, id, 'encounter.read');
    const object = `encounter:${encounterId}`;
    const search = { object, outcome: 'allowed' as const, fromMs, toMs, limit: ROWS_MAX };
    const names = new Map((await this.directory.staff()).map(({ staffId, name }) => [staffId as string, name]));
    const page = await this.trail.list({ ...search, action: ACTIONS });
    const items: StayChange[] = [];
    for (const row of page.items) {
      const change = row.detail === REPEATED ? null : await this.changeOf(row, names);
      if (change !== null) items.push(change);
    }
    return { items: items.sort((a, b) => b.atMs - a.atMs), cut: page.next !== null };
  }

  /** Null where the row does not say what was changed: what is not known is not told as something else. */
  private async changeOf(row: AuditRow, names: ReadonlyMap<string, string>): Promise<StayChange | null> {
    const { atMs, actor, action, detail } = row;
    const [, metric, verb] = /^(\w+): ([a-z ]+)/.exec(detail) ?? [];
    const isLimit = action === 'encounter.limits.set';
    const known = MetricName.safeParse(isLimit ? metric : undefined);
    const kind = isLimit ? LIMITS[verb ?? ''] : KINDS[action];
    if (kind === undefined || (isLimit && !known.success)) return null;
    const left = kind === 'transferred' ? BedId.safeParse(/^bed:(\S+)/.exec(detail)?.[1]) : null;
    const bed = left?.success === true ? await this.directory.bed(left.data) : null;
    return {
      atMs: EpochMs.parse(atMs),
      kind,
      metric: known.success ? known.data : null,
      fromBed: bed?.label ?? null,
      by: actor,
      byName: names.get(actor) ?? null,
    };
  }
}
