import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, Get, Headers, HttpStatus, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuditHold, NewAuditHold, type Page } from '@vigil/contracts';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditLog, type HoldWho } from '../ports/audit-log.js';

const HoldId = z.string().regex(/^hold-[0-9a-f]{32}$/, 'the id of a hold');
const PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** Legal holds: what must be kept although its time is over. */
@ApiTags('audit')
@Controller('api/v1/audit/holds')
export class HoldsController {
  constructor(
    private readonly log: AuditLog,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('audit.hold')
  @Endpoint({ summary: 'List the holds, lifted ones too, newest first', answer: 'AuditHoldList', problems: PROBLEMS })
  async list(@Context() context: RequestContext): Promise<Page<AuditHold>> {
    const items = await this.log.holds();
    const held = items.flatMap((hold) => hold.patientId ?? []);
    context.subject('holds', held, `${items.length} holds`);
    return { items, next: null };
  }

  @Post()
  @Requires('audit.hold')
  @Endpoint({
    summary: 'Keep the entries of one patient, or all, until the hold is lifted',
    description: 'While it stands nothing of it is disposed of, and the patient’s keys are not destroyed.',
    headers: {
      'Idempotency-Key': {
        required: false,
        meaning: 'A UUID; names the new hold, so that a repeat makes no second.',
        form: IDEMPOTENCY_KEY_FORM,
      },
    },
    body: 'NewAuditHold',
    answer: 'AuditHold',
    status: HttpStatus.CREATED,
    problems: [...PROBLEMS, 'conflict'],
  })
  async set(
    @Context() context: RequestContext,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuditHold> {
    const { patientId = null, reason, reference = '' } = parse(NewAuditHold, body, 'body');
    const id = key === undefined ? randomUUID() : idempotencyKey(key);
    const holdId = `hold-${id.replaceAll('-', '').toLowerCase()}`;
    context.subject(holdId, patientId, `set, ${reason}`);
    void reply.header('location', `/api/v1/audit/holds/${holdId}`);
    return this.log.setHold({ holdId, patientId, reason, reference }, this.who(context));
  }

  @Delete(':holdId')
  @Requires('audit.hold')
  @Endpoint({
    summary: 'Lift a hold',
    params: { holdId: HoldId },
    answer: 'AuditHold',
    problems: [...PROBLEMS, 'not-found'],
  })
  async lift(@Context() context: RequestContext, @Param('holdId') id: unknown): Promise<AuditHold> {
    const holdId = parse(HoldId, id, 'params.holdId');
    context.subject(holdId, null, 'lifted');
    const known = (await this.log.holds()).find((hold) => hold.holdId === holdId);
    context.subject(holdId, known?.patientId ?? null, 'lifted');
    return this.log.liftHold(holdId, this.who(context));
  }

  private who(context: RequestContext): HoldWho {
    return { staffId: context.person.staffId, audit: context.commandEntry(), wallMs: this.clock.wallMs() };
  }
}
