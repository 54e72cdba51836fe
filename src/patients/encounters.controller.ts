import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AdmitRequest, BedId, type CareUnitId, DischargeRequest, type Encounter, EncounterId, type Page } from '@vigil/contracts';
import { may, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { idempotencyKey } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory, type Who } from '../ports/directory.js';
import { newId } from './patient-scope.js';

const EncounterQuery = Paging.extend({ bed: BedId.optional(), open: z.enum(['true', 'false']).optional() });
const KEY_HEADER = {
  'Idempotency-Key': { required: false, meaning: 'A UUID; names the new encounter where the body gives no id.' },
} as const;

@ApiTags('encounters')
@Controller('api/v1/encounters')
export class EncountersController {
  constructor(
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('encounter.read')
  @Endpoint({
    summary: 'List encounters',
    description: 'Those in care units that you do not work in are left out, so a page may have fewer rows than asked for.',
    query: EncounterQuery,
    answer: 'EncounterList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<Encounter>> {
    const { open, ...rest } = parse(EncounterQuery, query, 'query');
    const page = await this.directory.encounters({ ...rest, ...(open === undefined ? {} : { open: open === 'true' }) });
    const units = new Map((await this.directory.beds()).map((bed) => [bed.bedId, bed.careUnitId]));
    const items = page.items.filter(({ bedId }) => {
      const careUnitId = units.get(bedId);
      return may(context.caller, 'encounter.read', { careUnitIds: careUnitId === undefined ? [] : [careUnitId] }).allowed;
    });
    const ids = items.map((encounter) => encounter.encounterId).join(' ');
    context.subject(rest.bed === undefined ? 'encounters' : `bed:${rest.bed}`, null, `${items.length}: ${ids}`.slice(0, 2_000));
    return { items, next: page.next };
  }

  @Get(':encounterId')
  @Requires('encounter.read')
  @Endpoint({
    summary: 'Show one encounter',
    params: { encounterId: EncounterId },
    answer: 'Encounter',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async show(@Context() context: RequestContext, @Param('encounterId') id: unknown): Promise<Encounter> {
    const encounter = await this.find(context, id);
    context.requireScope('encounter.read', await this.careUnitOf(encounter.bedId));
    return encounter;
  }

  @Post()
  @Requires('encounter.admit')
  @Endpoint({
    summary: 'Admit a patient to a bed',
    description: 'Refused with 409 while the bed or the patient is taken.',
    headers: KEY_HEADER,
    body: 'AdmitRequest',
    answer: 'Encounter',
    status: 201,
    problems: ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'],
  })
  async admit(
    @Context() context: RequestContext,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Encounter> {
    const { encounterId: given, patientId, bedId, atMs } = parse(AdmitRequest, body, 'body');
    const named = given ?? EncounterId.parse(newId('enc', key === undefined ? randomUUID() : idempotencyKey(key)));
    context.subject(`encounter:${named}`, patientId, `bed:${bedId}`);
    context.requireScope('encounter.admit', await this.careUnitOf(bedId));
    const request = { encounterId: named, patientId, bedId, atMs: atMs ?? this.clock.nowMs() };
    const encounter = await this.directory.admit(request, this.who(context));
    void reply.header('location', `/api/v1/encounters/${named}`);
    return encounter;
  }

  @Post(':encounterId/discharge')
  @Requires('encounter.discharge')
  @Endpoint({
    summary: 'Discharge: the bed is free',
    params: { encounterId: EncounterId },
    body: 'DischargeRequest',
    answer: 'Encounter',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'],
  })
  async discharge(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Body() body: unknown,
  ): Promise<Encounter> {
    const { atMs } = parse(DischargeRequest, body, 'body');
    const encounter = await this.find(context, id);
    context.requireScope('encounter.discharge', await this.careUnitOf(encounter.bedId));
    return this.directory.discharge(encounter.encounterId, atMs ?? this.clock.nowMs(), this.who(context));
  }

  private async find(context: RequestContext, id: unknown): Promise<Encounter> {
    const encounterId = parse(EncounterId, id, 'params.encounterId');
    context.subject(`encounter:${encounterId}`);
    const encounter = await this.directory.encounter(encounterId);
    if (encounter === null) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`] });
    context.subject(`encounter:${encounterId}`, encounter.patientId, `bed:${encounter.bedId}`);
    return encounter;
  }

  private async careUnitOf(bedId: BedId): Promise<CareUnitId> {
    const bed = await this.directory.bed(bedId);
    if (bed === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    return bed.careUnitId;
  }

  private who(context: RequestContext): Who {
    return { audit: context.commandEntry(), nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
  }
}
