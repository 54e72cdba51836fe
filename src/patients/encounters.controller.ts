import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  AdmitRequest,
  BedId,
  type CareUnitId,
  type Discharged,
  DischargeRequest,
  type Encounter,
  EncounterId,
  type Page,
  TransferRequest,
} from '@vigil/contracts';
import { mayAnywhere, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { DeviceAssignments } from '../ports/device-assignments.js';
import { Directory, type WhoFrom } from '../ports/directory.js';
import { newId, SKEW_MS_MAX } from './patient-scope.js';
import { RefusedStays } from './refused-stays.js';

const EncounterQuery = Paging.extend({ bed: BedId.optional(), open: z.enum(['true', 'false']).optional() });
/** Devices of one bed that an answer names. */
const DEVICES_MAX = 32;
const MOVE_PROBLEMS = [
  ...(['unauthenticated', 'forbidden', 'not-found', 'conflict', 'assignment-conflict', 'store-unavailable'] as const),
] as const;
const KEY_HEADER = {
  'Idempotency-Key': {
    required: false,
    meaning: 'A UUID; names the new encounter where the body gives no id.',
    form: IDEMPOTENCY_KEY_FORM,
  },
} as const;

@ApiTags('encounters')
@Controller('api/v1/encounters')
export class EncountersController {
  constructor(
    private readonly directory: Directory,
    private readonly relations: CareRelations,
    private readonly devices: DeviceAssignments,
    private readonly access: Access,
    private readonly refused: RefusedStays,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('encounter.read')
  @Endpoint({
    summary: 'List encounters',
    description: 'Open ones of the care units that you work in, and those of patients whom you treat, past ones too.',
    query: EncounterQuery,
    answer: 'EncounterList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<Encounter>> {
    const { open, ...rest } = parse(EncounterQuery, query, 'query');
    const visible = (await this.access.visible(context.caller, 'encounter.read')) ?? undefined;
    const page = await this.directory.encounters({ ...rest, visible, open: open === undefined ? undefined : open === 'true' });
    const ids = page.items.map((encounter) => encounter.encounterId).join(' ');
    context.subject(
      rest.bed === undefined ? 'encounters' : `bed:${rest.bed}`,
      page.items.map((encounter) => encounter.patientId),
      `${page.items.length}: ${ids}`.slice(0, 2_000),
    );
    return page;
  }

  @Get(':encounterId')
  @Requires('encounter.read')
  @Endpoint({
    summary: 'Show one encounter',
    params: { encounterId: EncounterId },
    answer: 'Encounter',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async show(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Encounter> {
    const encounter = await this.find(context, id);
    await this.require(context, 'encounter.read', encounter, encounter.dischargedMs === null);
    if (encounter.rev !== undefined) void reply.header('etag', `"${encounter.rev}"`);
    return encounter;
  }

  @Post()
  @Requires('encounter.admit')
  @Endpoint({
    summary: 'Admit a patient to a bed',
    description:
      'Refused with 409 while the bed or the patient is taken, or when it would begin before the stay in the bed before it ended; `conflicts` says when, and of stays that you may read which.',
    headers: KEY_HEADER,
    body: 'AdmitRequest',
    answer: 'Encounter',
    status: 201,
    problems: MOVE_PROBLEMS,
  })
  async admit(
    @Context() context: RequestContext,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Encounter> {
    const { encounterId: given, patientId, bedId, atMs } = parse(AdmitRequest, body, 'body');
    this.refuseFuture(atMs);
    const named = given ?? EncounterId.parse(newId('enc', key === undefined ? randomUUID() : idempotencyKey(key)));
    context.subject(`encounter:${named}`, patientId, `bed:${bedId}`);
    context.requireScope('encounter.admit', await this.careUnitOf(bedId));
    const request = { encounterId: named, patientId, bedId, atMs: atMs ?? this.clock.nowMs() };
    const encounter = await this.refused.told(context, bedId, this.directory.admit(request, this.who(context)));
    void reply.header('location', `/api/v1/encounters/${named}`);
    return encounter;
  }

  @Post(':encounterId/discharge')
  @Requires('encounter.discharge')
  @Endpoint({
    summary: 'Discharge: the bed is free',
    description:
      'Devices stay at the bed, and the answer names them; with `devices: "end"` they are taken away with the patient, in one step.',
    params: { encounterId: EncounterId },
    body: 'DischargeRequest',
    answer: 'Discharged',
    problems: MOVE_PROBLEMS,
  })
  async discharge(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Body() body: unknown,
  ): Promise<Discharged> {
    const { atMs, devices } = parse(DischargeRequest, body, 'body');
    // Whoever treated the patient keeps the record for a day after the discharge, so that it is not put off into the future.
    this.refuseFuture(atMs);
    const encounter = await this.find(context, id);
    await this.require(context, 'encounter.discharge', encounter, true);
    if (devices === 'end') context.requireScope('device.assign', await this.careUnitOf(encounter.bedId));
    const atOrNowMs = atMs ?? this.clock.nowMs();
    const after = await this.directory.discharge(encounter.encounterId, atOrNowMs, this.who(context), devices);
    return { ...after, devices: await this.devicesAt(context, after.bedId) };
  }

  @Post(':encounterId/transfer')
  @Requires('encounter.transfer')
  @Endpoint({
    summary: 'Move a stay to another bed',
    description:
      'Its alarms, limits and scores go along, and the devices of `deviceIds` in the same step. Also to a bed of another care unit. Refused with 409 while that bed is taken, and for a stay that is over.',
    params: { encounterId: EncounterId },
    body: 'TransferRequest',
    answer: 'Encounter',
    problems: MOVE_PROBLEMS,
  })
  async transfer(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Body() body: unknown,
  ): Promise<Encounter> {
    const { bedId, atMs, deviceIds } = parse(TransferRequest, body, 'body');
    this.refuseFuture(atMs);
    const encounter = await this.find(context, id);
    await this.require(context, 'encounter.transfer', encounter, true);
    // A device that goes along is taken from here; that the patient may go there was decided already.
    if (deviceIds !== undefined) context.requireScope('device.assign', await this.careUnitOf(encounter.bedId));
    const request = { encounterId: encounter.encounterId, bedId, atMs: atMs ?? this.clock.nowMs(), deviceIds };
    return this.refused.told(context, bedId, this.directory.transfer(request, this.who(context)));
  }

  /** What stands at the bed now, for whoever may know. */
  private async devicesAt(context: RequestContext, bedId: BedId): Promise<Discharged['devices']> {
    if (!mayAnywhere(context.caller, 'device-assignment.read').allowed) return [];
    const atMs = Math.round(this.clock.nowMs());
    return [...(await this.devices.list({ bedId, atMs, limit: DEVICES_MAX })).items];
  }

  /** @throws InvalidRequest for a time that is still to come */
  private refuseFuture(atMs: number | undefined): void {
    if (atMs === undefined || atMs <= this.clock.nowMs() + SKEW_MS_MAX * this.clock.rate) return;
    throw new InvalidRequest([{ path: 'body.atMs', message: 'not in the future' }]);
  }

  private async find(context: RequestContext, id: unknown): Promise<Encounter> {
    const encounterId = parse(EncounterId, id, 'params.encounterId');
    context.subject(`encounter:${encounterId}`);
    const encounter = await this.directory.encounter(encounterId);
    if (encounter === null) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`] });
    context.subject(`encounter:${encounterId}`, encounter.patientId, `bed:${encounter.bedId}`);
    return encounter;
  }

  /** @param isThere the patient shows in the care unit of the bed: a stay that is over is in none any more */
  private async require(
    context: RequestContext,
    action: 'encounter.read' | 'encounter.discharge' | 'encounter.transfer',
    { bedId, patientId }: Encounter,
    isThere: boolean,
  ): Promise<void> {
    const careUnitIds = isThere ? [await this.careUnitOf(bedId)] : [];
    await this.access.require(context, action, { careUnitIds, patientId });
  }

  private async careUnitOf(bedId: BedId): Promise<CareUnitId> {
    const careUnitId = await this.relations.careUnitOf(bedId);
    if (careUnitId === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
    return careUnitId;
  }

  private who(context: RequestContext): WhoFrom {
    const { user } = context.caller;
    const author = { by: user?.staffId ?? null, source: user === null ? 'system' : 'person', sourceRef: null } as const;
    return { audit: context.commandEntry(), nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs(), ...author };
  }
}
