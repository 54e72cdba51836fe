import { Body, Controller, Delete, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AudioPause, CareUnitId, NewAudioPause, type Page } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Presses } from '../http/presses.js';
import { idempotencyKey } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { AudioPauses } from '../ports/audio-pauses.js';

const PauseId = z.string().min(1).max(64);
const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'] as const;

/** The sound of screens of a care unit, paused for at most two minutes. Alarms, pages and what is shown go on. */
@ApiTags('shelves')
@Controller('api/v1/care-units/:careUnitId/audio-pauses')
export class AudioPausesController {
  constructor(
    private readonly store: AudioPauses,
    private readonly presses: Presses,
    private readonly clock: AppClock,
  ) {}

  @Post()
  @Requires('audio.pause')
  @Endpoint({
    summary: 'Pause the sound of one screen of a care unit, or of all',
    description:
      'At most 120 s of wall time, and it ends by itself. A high alarm that begins meanwhile sounds all the same: a screen has to see to it. One pause for each screen; a new one takes its place.',
    params: { careUnitId: CareUnitId },
    headers: CREATE_HEADERS,
    body: 'NewAudioPause',
    answer: 'AudioPause',
    status: 201,
    problems: [...PROBLEMS, 'impossible-rate'],
  })
  async pause(
    @Context() context: RequestContext,
    @Param('careUnitId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<AudioPause> {
    const careUnitId = unitFor(context, id, 'audio.pause');
    const wanted = parse(NewAudioPause, body, 'body');
    const commandId = idempotencyKey(headers['idempotency-key']);
    this.presses.require(context, { kind: 'pause', subject: `careUnit:${careUnitId}`, commandId });
    const where = wanted.stationId === undefined ? 'all screens' : 'one screen';
    const change = changeOf(context, headers, this.clock, `audio paused for ${wanted.seconds} s on ${where}`);
    const { value, repeated } = await this.store.pause(careUnitId, wanted, change);
    if (repeated) context.commandRepeated();
    return value;
  }

  @Delete(':pauseId')
  @Requires('audio.pause')
  @Endpoint({
    summary: 'End a pause of sound before its time',
    params: { careUnitId: CareUnitId, pauseId: PauseId },
    headers: CREATE_HEADERS,
    answer: 'AudioPause',
    status: 200,
    problems: PROBLEMS,
  })
  async end(
    @Context() context: RequestContext,
    @Param() params: { readonly careUnitId: unknown; readonly pauseId: unknown },
    @Headers() headers: CommandHeaders,
  ): Promise<AudioPause> {
    const careUnitId = unitFor(context, params.careUnitId, 'audio.pause');
    const pauseId = parse(PauseId, params.pauseId, 'params.pauseId');
    const ended = await this.store.end(careUnitId, pauseId, changeOf(context, headers, this.clock, 'audio sounds again'));
    if (ended === null) throw new PlatformError('not-found', { ids: [`careUnit:${careUnitId}`] });
    return ended;
  }

  @Get()
  @Requires('bed.read')
  @Endpoint({
    summary: 'List the screens of a care unit that make no sound now, with the end of each pause',
    params: { careUnitId: CareUnitId },
    answer: 'AudioPauseList',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Param('careUnitId') id: unknown): Promise<Page<AudioPause>> {
    const careUnitId = unitFor(context, id, 'bed.read');
    return { items: [...(await this.store.inForce(careUnitId, this.clock.wallMs()))], next: null };
  }
}

function unitFor(context: RequestContext, id: unknown, action: 'audio.pause' | 'bed.read'): CareUnitId {
  const careUnitId = parse(CareUnitId, id, 'params.careUnitId');
  context.subject(`careUnit:${careUnitId}`);
  context.requireScope(action, careUnitId);
  return careUnitId;
}
