import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type BreakGlassGrant,
  BreakGlassId,
  BreakGlassQuery,
  OpenBreakGlass,
  type Page,
  type PatientId,
  ReviewBreakGlass,
} from '@vigil/contracts';
import { may, NOWHERE, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { within } from '../access/caller.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse, TooManyAttempts } from '../http/invalid-request.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { BreakGlass } from '../ports/break-glass.js';
import { CareRelations } from '../ports/care-relations.js';
import { ServerConfig } from '../server-config.js';
import { BreakGlassNotices } from './break-glass-notices.js';

/** Nobody opens a record a second: what does is a program, and not an emergency. Fewer are never refused. */
const OPENS = { max: 60, windowMs: 60_000, keysMax: 10_000 };

/** Emergency access to one patient for one person: opened with a reason, told at once, reviewed afterwards. */
@ApiTags('break-glass')
@Controller('api/v1/break-glass')
export class BreakGlassController {
  private readonly opens = new RateLimiter(OPENS);

  constructor(
    private readonly grants: BreakGlass,
    private readonly relations: CareRelations,
    private readonly notices: BreakGlassNotices,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Post()
  @Requires('break-glass.use')
  @Endpoint({
    summary: 'Open the record of one patient in an emergency',
    description:
      'For you and this patient, for a while: bed, alarms, history, record; accept and acknowledge. Security officers are told at once, every access is marked, and each grant is reviewed. Works while the audit trail is away.',
    headers: {
      'Idempotency-Key': {
        required: false,
        meaning: 'A UUID; sent again, it answers with the grant that is there.',
        form: IDEMPOTENCY_KEY_FORM,
      },
    },
    body: 'OpenBreakGlass',
    answer: 'BreakGlassGrant',
    status: 201,
    problems: ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'too-many-attempts', 'store-unavailable'],
  })
  async open(
    @Context() context: RequestContext,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BreakGlassGrant> {
    const request = parse(OpenBreakGlass, body, 'body');
    const { staffId } = context.person;
    const wallMs = this.clock.wallMs();
    const waitMs = this.opens.take(staffId, wallMs);
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
    const uuid = key === undefined ? randomUUID() : idempotencyKey(key);
    const grantId = BreakGlassId.parse(`bg-${uuid.replaceAll('-', '').toLowerCase()}`);
    context.subject(`break-glass:${grantId}`, request.patientId ?? null, request.reason);
    const patientId = await this.patientOf(request);
    context.subject(`break-glass:${grantId}`, patientId, request.reason);
    context.actUnder(grantId);
    const place = await this.relations.bedOf(patientId);
    const { grant, audited } = await this.grants.open(
      {
        grantId,
        staffId,
        patientId,
        bedId: place?.bedId ?? null,
        careUnitId: place?.careUnitId ?? null,
        reason: request.reason,
        text: request.text?.trim() || null,
        openedWallMs: wallMs,
        endsWallMs: wallMs + this.config.settings.breakGlassMs,
      },
      context.commandEntry(),
    );
    if (!audited) context.rowNotTaken();
    this.notices.opened(grant);
    void reply.header('location', `/api/v1/break-glass/${grantId}`);
    return grant;
  }

  @Get('mine')
  @Requires('break-glass.use')
  @Endpoint({
    summary: 'List your own grants that are open',
    answer: 'BreakGlassGrantList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async mine(@Context() context: RequestContext): Promise<Page<BreakGlassGrant>> {
    return { items: await this.grants.openOf(context.person.staffId, this.clock.wallMs()), next: null };
  }

  @Delete(':grantId')
  @Requires('break-glass.use', 'break-glass.end')
  @Endpoint({
    summary: 'End your own grant before its time',
    params: { grantId: BreakGlassId },
    answer: null,
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async end(@Context() context: RequestContext, @Param('grantId') id: unknown): Promise<void> {
    const grant = await this.find(context, id);
    if (grant.staffId !== context.person.staffId) throw new PlatformError('not-found');
    await this.grants.end(grant.grantId, context.commandEntry(), this.clock.wallMs());
  }

  @Get()
  @Requires('break-glass.read')
  @Endpoint({
    summary: 'List grants for review, newest first',
    description:
      'A charge nurse sees those of patients who lay in their care units, without what was written. Overdue: nobody has reviewed it within 72 hours.',
    query: BreakGlassQuery,
    answer: 'BreakGlassGrantList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<BreakGlassGrant>> {
    const filter = parse(BreakGlassQuery, query, 'query');
    const { caller } = context;
    const isSiteWide = may(caller, 'break-glass.read', NOWHERE).allowed;
    const own = caller.careUnitIds.map((careUnitId) => ({ careUnitId }));
    const careUnitIds = isSiteWide ? null : within(caller, 'break-glass.read', own).map((unit) => unit.careUnitId);
    const page = await this.grants.list({ ...filter, careUnitIds }, this.clock.wallMs());
    context.subject(
      'break-glass',
      page.items.map((grant) => grant.patientId),
      `${page.items.length} grants`,
    );
    return isSiteWide ? page : { ...page, items: page.items.map(withoutWords) };
  }

  @Post(':grantId/review')
  @Requires('break-glass.review')
  @Endpoint({
    summary: 'Say what came of looking at a grant',
    description: 'Once it has ended, and never by the person who opened it. After `follow-up` it can be reviewed again.',
    params: { grantId: BreakGlassId },
    body: 'ReviewBreakGlass',
    answer: 'BreakGlassGrant',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'],
  })
  async review(
    @Context() context: RequestContext,
    @Param('grantId') id: unknown,
    @Body() body: unknown,
  ): Promise<BreakGlassGrant> {
    const { outcome, note } = parse(ReviewBreakGlass, body, 'body');
    const grant = await this.find(context, id);
    const decision = may(context.caller, 'break-glass.review', { careUnitIds: [], staffId: grant.staffId });
    if (!decision.allowed) throw new PlatformError('forbidden');
    context.subject(`break-glass:${grant.grantId}`, grant.patientId, outcome);
    const review = { grantId: grant.grantId, by: context.person.staffId, outcome, note: note?.trim() || null };
    return this.grants.review(review, context.commandEntry(), this.clock.wallMs());
  }

  private async find(context: RequestContext, id: unknown): Promise<BreakGlassGrant> {
    const grantId = parse(BreakGlassId, id, 'params.grantId');
    context.subject(`break-glass:${grantId}`);
    const grant = await this.grants.get(grantId, this.clock.wallMs());
    if (grant === null) throw new PlatformError('not-found');
    context.subject(`break-glass:${grantId}`, grant.patientId);
    return grant;
  }

  /** @throws PlatformError('not-found') for a bed in which nobody lies */
  private async patientOf({ patientId, bedId }: OpenBreakGlass): Promise<PatientId> {
    if (patientId !== undefined) return patientId;
    const nowMs = this.clock.nowMs();
    const stays = await this.relations.staysIn(bedId!, nowMs, Number.MAX_SAFE_INTEGER);
    const stay = stays.find(({ dischargedMs }) => dischargedMs === null);
    if (stay === undefined) throw new PlatformError('not-found', { ids: [`bed:${bedId!}`] });
    return stay.patientId;
  }
}

/** What somebody wrote in an emergency is for those who review it. */
function withoutWords(grant: BreakGlassGrant): BreakGlassGrant {
  return { ...grant, text: null, review: grant.review === null ? null : { ...grant.review, note: null } };
}
