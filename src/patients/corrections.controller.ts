import { Body, Controller, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type CorrectedStay, CorrectStay, type Encounter, EncounterId, ReopenStay } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { idempotencyKey, ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { Corrections } from '../ports/corrections.js';
import { Directory } from '../ports/directory.js';
import { newId, SKEW_MS_MAX } from './patient-scope.js';
import { RefusedStays } from './refused-stays.js';

const PARAMS = { encounterId: EncounterId } as const;
const PROBLEMS = [
  ...(['unauthenticated', 'forbidden', 'not-found', 'conflict', 'assignment-conflict', 'reason-required'] as const),
  ...(['revision-moved', 'precondition-required', 'store-unavailable', 'keys-unavailable'] as const),
] as const;

/** Puts right who lay where. What was wrong is kept, with who put it right and why. */
@ApiTags('encounters')
@Controller('api/v1/encounters')
export class CorrectionsController {
  constructor(
    private readonly corrections: Corrections,
    private readonly directory: Directory,
    private readonly relations: CareRelations,
    private readonly access: Access,
    private readonly refused: RefusedStays,
    private readonly clock: AppClock,
  ) {}

  @Post(':encounterId/correct')
  @Requires('encounter.correct')
  @Endpoint({
    summary: 'Say that a stay was wrong: who really lay where, and since when',
    description:
      'Alarms stay open under their ids; limits, charts and scores of the wrong person go. Another patient has another stay, with an id of its own. Needs a reason other than `routine`, and a note.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'CorrectStay',
    answer: 'CorrectedStay',
    problems: PROBLEMS,
  })
  async correct(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CorrectedStay> {
    const wanted = parse(CorrectStay, body, 'body');
    const { patientId, bedId, fromMs, reason } = wanted;
    if (fromMs !== undefined && fromMs > this.clock.nowMs() + SKEW_MS_MAX * this.clock.rate) {
      throw new InvalidRequest([{ path: 'body.fromMs', message: 'not in the future' }]);
    }
    const { encounterId, stay } = await this.find(context, id, headers);
    if (bedId !== undefined) {
      const careUnitId = await this.relations.careUnitOf(bedId);
      if (careUnitId === null) throw new PlatformError('not-found', { ids: [`bed:${bedId}`] });
      context.requireScope('encounter.admit', careUnitId);
    }
    const affected = patientId === undefined ? [stay.patientId] : [stay.patientId, patientId];
    context.subject(`encounter:${encounterId}`, affected);
    const ifRev = ifMatch(headers['if-match'], 'signal');
    const what = [
      ...(patientId === undefined ? [] : [`patient:${patientId}`]),
      ...(bedId === undefined ? [] : [`bed:${bedId}`]),
      ...(fromMs === undefined ? [] : ['beginning']),
    ];
    const change = changeOf(context, headers, this.clock, `${what.join(', ')}: ${reason}`);
    const made = this.corrections.correctStay(encounterId, { ...wanted, ifRev }, change);
    const { value, repeated } = await this.refused.told(context, bedId ?? stay.bedId, made);
    if (repeated) context.commandRepeated();
    tag(reply, value.encounter);
    return value;
  }

  @Post(':encounterId/reopen')
  @Requires('encounter.correct')
  @Endpoint({
    summary: 'Say that a discharge was wrong: the patient lies there still',
    description:
      'Within 24 hours, by whoever treated the patient until then. 409 says which stay is there now, if you may read it.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'ReopenStay',
    answer: 'Encounter',
    problems: PROBLEMS,
  })
  async reopen(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Encounter> {
    const wanted = parse(ReopenStay, body, 'body');
    const { encounterId, stay } = await this.find(context, id, headers);
    const ifRev = ifMatch(headers['if-match'], 'signal');
    const change = changeOf(context, headers, this.clock, `reopened: ${wanted.reason}`);
    const made = this.corrections.reopenStay(encounterId, { ...wanted, ifRev }, change);
    const { value, repeated } = await this.refused.told(context, stay.bedId, made);
    if (repeated) context.commandRepeated();
    tag(reply, value);
    return value;
  }

  /**
   * One that is over too, for whoever treats the patient still; its care unit is that of its last bed. Where this very command has put
   * another stay in its place already, `stay` is that one, so that the command may come again.
   */
  private async find(
    context: RequestContext,
    id: unknown,
    headers: CommandHeaders,
  ): Promise<{ readonly encounterId: EncounterId; readonly stay: Encounter }> {
    const encounterId = parse(EncounterId, id, 'params.encounterId');
    context.subject(`encounter:${encounterId}`);
    const replacing = EncounterId.parse(newId('enc', idempotencyKey(headers['idempotency-key'])));
    const stay = (await this.directory.encounter(encounterId)) ?? (await this.directory.encounter(replacing));
    if (stay === null) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`] });
    const { patientId, bedId } = stay;
    context.subject(`encounter:${encounterId}`, patientId);
    const careUnitId = await this.relations.careUnitOf(bedId);
    await this.access.require(context, 'encounter.correct', { careUnitIds: careUnitId === null ? [] : [careUnitId], patientId });
    return { encounterId, stay };
  }
}

function tag(reply: FastifyReply, { rev }: Encounter): void {
  if (rev !== undefined) void reply.header('etag', `"${rev}"`);
}
