import { Body, Controller, Headers, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AlarmId, type CommandResult, DeclineAlarm } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, type CommandHeaders } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { idempotencyKey, ifMatch } from '../http/revision.js';
import { Presses } from '../http/presses.js';
import { type AlarmCommand, Alarms, type CommandOutcome } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { AlarmAccess } from './alarm-access.js';

const ABOUT = {
  params: { alarmId: AlarmId },
  headers: CHANGE_HEADERS,
  answer: 'CommandResult',
  problems: [
    'unauthenticated',
    'forbidden',
    'not-found',
    'conflict',
    'revision-moved',
    'precondition-required',
    'impossible-rate',
    'store-unavailable',
  ],
} as const;

/** What people who are asked to come say beside "I am going". If-Match names the revision of the escalation. All work while the log is away. */
@ApiTags('alarms')
@Controller('api/v1/alarms/:alarmId')
export class AlarmAnswersController {
  constructor(
    private readonly alarms: Alarms,
    private readonly scope: AlarmAccess,
    private readonly presses: Presses,
    private readonly clock: AppClock,
  ) {}

  @Post('decline')
  @Requires('alarm.accept')
  @Endpoint({
    summary: 'Decline: somebody else has to go',
    description:
      'Once all whom the step told have declined, the next step is told at once, where the policy says so. 409 where nothing runs.',
    ...ABOUT,
    body: 'DeclineAlarm',
  })
  decline(
    @Context() context: RequestContext,
    @Param('alarmId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<CommandResult> {
    const { reason } = parse(DeclineAlarm, body, 'body');
    return this.carryOut(context, id, headers, `declined: ${reason}`, (command) => this.alarms.decline({ ...command, reason }));
  }

  @Post('arrive')
  @Requires('alarm.accept')
  @Endpoint({
    summary: 'Arrive: "I am there"',
    description: 'Of somebody who had not accepted it is both. Nobody is asked for any more.',
    ...ABOUT,
  })
  arrive(
    @Context() context: RequestContext,
    @Param('alarmId') id: unknown,
    @Headers() headers: CommandHeaders,
  ): Promise<CommandResult> {
    return this.carryOut(context, id, headers, 'arrived', (command) => {
      // Whoever is there is asked for no more: that has to be a person.
      this.presses.require(context, { kind: 'accept', subject: command.alarmId, commandId: command.commandId });
      return this.alarms.arrive(command);
    });
  }

  @Post('pass')
  @Requires('alarm.accept')
  @Endpoint({
    summary: 'Pass on: who is going needs help or can not go after all',
    description: 'The next step is told at once. 409 for anybody who is not going.',
    ...ABOUT,
    body: 'DeclineAlarm',
  })
  pass(
    @Context() context: RequestContext,
    @Param('alarmId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<CommandResult> {
    const { reason } = parse(DeclineAlarm, body, 'body');
    return this.carryOut(context, id, headers, `passed on: ${reason}`, (command) => this.alarms.pass({ ...command, reason }));
  }

  private async carryOut(
    context: RequestContext,
    id: unknown,
    headers: CommandHeaders,
    detail: string,
    act: (command: AlarmCommand) => Promise<CommandOutcome>,
  ): Promise<CommandResult> {
    const { staffId } = context.person;
    const commandId = idempotencyKey(headers['idempotency-key']);
    const ifRev = ifMatch(headers['if-match'], 'escalation');
    const alarmId = await this.scope.inScope(context, id, 'alarm.accept');
    const audit = context.commandEntry(`${detail}, command:${commandId}`);
    const times = { nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const outcome = await act({ commandId, alarmId, by: staffId, ifRev, audit, ...times });
    if (outcome.repeated) context.commandRepeated();
    return outcome;
  }
}
