import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EraseRequest, type EraseResult, type KeyStatus, PatientId, RotateRequest } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import type { Who } from '../ports/directory.js';
import { RecordKeys } from '../ports/record-keys.js';
import { KeyWorkLoop } from './key-work.js';

/** The keys of sealed records, and the erasure of one patient. No key ever leaves by here. */
@ApiTags('keys')
@Controller('api/v1')
export class KeysController {
  constructor(
    private readonly keys: RecordKeys,
    private readonly loop: KeyWorkLoop,
    private readonly clock: AppClock,
  ) {}

  @Get('keys')
  @Requires('key.read')
  @Endpoint({
    summary: 'Show which keys are in use and what waits for them',
    answer: 'KeyStatus',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async status(@Context() context: RequestContext): Promise<KeyStatus> {
    context.subject('keys');
    return this.keys.status();
  }

  @Post('keys/rotate')
  @Requires('key.rotate')
  @Endpoint({
    summary: 'Make new keys for all that is written from now on',
    description:
      'What is stored follows in the background; `left` of `GET /api/v1/keys` counts it down. 409 where the key-encryption key is in a vault, which rotates it itself.',
    body: 'RotateRequest',
    answer: 'KeyStatus',
    status: 202,
    problems: ['unauthenticated', 'forbidden', 'conflict', 'store-unavailable', 'keys-unavailable'],
  })
  async rotate(@Context() context: RequestContext, @Body() body: unknown): Promise<KeyStatus> {
    const { what } = parse(RotateRequest, body, 'body');
    context.subject('keys', null, what);
    await this.keys.rotate(what, this.who(context));
    void this.loop.look();
    return this.keys.status();
  }

  @Post('patients/:patientId/erase')
  @Requires('patient.erase')
  @Endpoint({
    summary: 'Erase a patient for good',
    description:
      'Empties the record and destroys its keys. What was measured goes from history right afterwards (`left.toEraseHistory` of `GET /api/v1/keys`). Alarms and stays stay, under an id that nobody can tell the patient from. 409 while the patient has an open stay or is under a legal hold.',
    params: { patientId: PatientId },
    body: 'EraseRequest',
    answer: 'EraseResult',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'],
  })
  async erase(@Context() context: RequestContext, @Param('patientId') id: unknown, @Body() body: unknown): Promise<EraseResult> {
    const patientId = parse(PatientId, id, 'params.patientId');
    const { reason } = parse(EraseRequest, body, 'body');
    context.subject(`patient:${patientId}`, patientId, reason);
    const result = await this.keys.erasePatient(patientId, this.who(context));
    void this.loop.look();
    return result;
  }

  private who(context: RequestContext): Who {
    return { audit: context.commandEntry(), nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
  }
}
