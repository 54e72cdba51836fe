import { Body, Controller, Delete, Get, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EncounterId, longestShelfMs, NewShelf, type Page, type Priority, type RuleSet, type Shelf } from '@vigil/contracts';
import { type Action, PlatformError, shelfPriority, whyNotShelved } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { StayAccess } from '../access/stay-access.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Presses } from '../http/presses.js';
import { idempotencyKey, ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { RuleSets } from '../ports/rule-sets.js';
import { ShelfStore } from '../ports/shelves.js';
import type { Outcome } from '../ports/stay-limits.js';

/** A shorter shelf (event time) is a slip: it would be over before anybody has looked. */
const MS_MIN = 60_000;
const ShelfId = z.string().min(1).max(64);
type ShelfParams = { readonly encounterId: unknown; readonly shelfId: unknown };
const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'store-unavailable'] as const;
const CHANGE_PROBLEMS = [...PROBLEMS, 'revision-moved', 'precondition-required'] as const;

/** Conditions of a stay that make no sound for a while. Each has a reason, a person and an end; what is high has two persons. */
@ApiTags('shelves')
@Controller('api/v1')
export class ShelvesController {
  constructor(
    private readonly store: ShelfStore,
    private readonly stays: StayAccess,
    private readonly ruleSets: RuleSets,
    private readonly presses: Presses,
    private readonly clock: AppClock,
  ) {}

  @Post('encounters/:encounterId/shelves')
  @Requires('alarm.shelve')
  @Endpoint({
    summary: 'Have one condition of one patient make no sound until a time',
    description:
      'At most 12 h, 2 h for what is high. High: by the open alarm, or by every rule of the condition; it then waits 10 minutes for a second person (`agree`), and nothing is shelved until then. What becomes more urgent than what was shelved sounds. Refused: that nothing is seen or nobody is told, and what a rule or a device calls deadly.',
    params: { encounterId: EncounterId },
    headers: CREATE_HEADERS,
    body: 'NewShelf',
    answer: 'Shelf',
    status: 201,
    problems: [...PROBLEMS, 'impossible-rate'],
  })
  async shelve(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Shelf> {
    const wanted = parse(NewShelf, body, 'body');
    const { encounterId } = await this.stays.find(context, id, 'alarm.shelve');
    const { ruleSet = null } = (await this.ruleSets.active()) ?? {};
    const priority = await this.priorityOf(encounterId, wanted.conditionCode, ruleSet);
    this.checkEnd(wanted.toMs, priority);
    const commandId = idempotencyKey(headers['idempotency-key']);
    this.presses.require(context, { kind: 'shelve', subject: `${encounterId} ${wanted.conditionCode}`, commandId });
    const change = changeOf(context, headers, this.clock, `shelves ${wanted.conditionCode}: ${wanted.reason}`);
    const request = { ...wanted, encounterId, priority, takesTwo: priority === 'high' };
    return answer(context, reply, await this.store.shelve(request, change));
  }

  @Post('encounters/:encounterId/shelves/:shelfId/agree')
  @Requires('alarm.shelve.agree')
  @Endpoint({
    summary: 'Agree, as a second person, that a high condition makes no sound',
    params: { encounterId: EncounterId, shelfId: ShelfId },
    headers: CHANGE_HEADERS,
    answer: 'Shelf',
    status: 200,
    problems: [...CHANGE_PROBLEMS, 'second-person-required'],
  })
  async agree(
    @Context() context: RequestContext,
    @Param() params: ShelfParams,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Shelf> {
    const { shelf, ifRev } = await this.find(context, params, headers, 'alarm.shelve.agree');
    const change = changeOf(context, headers, this.clock, `agrees that ${shelf.conditionCode} is shelved`);
    const outcome = await this.store.agree(shelf.shelfId, ifRev, change);
    return answer(context, reply, outcome);
  }

  @Delete('encounters/:encounterId/shelves/:shelfId')
  @Requires('alarm.shelve')
  @Endpoint({
    summary: 'Have a shelved condition sound again, or refuse what waits for a second person',
    params: { encounterId: EncounterId, shelfId: ShelfId },
    headers: CHANGE_HEADERS,
    answer: 'Shelf',
    status: 200,
    problems: CHANGE_PROBLEMS,
  })
  async end(
    @Context() context: RequestContext,
    @Param() params: ShelfParams,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Shelf> {
    const { shelf, ifRev } = await this.find(context, params, headers, 'alarm.shelve');
    const change = changeOf(context, headers, this.clock, `${shelf.conditionCode} is shelved no longer`);
    const outcome = await this.store.end(shelf.shelfId, ifRev, change);
    return answer(context, reply, outcome);
  }

  @Get('encounters/:encounterId/shelves')
  @Requires('encounter.limits.read')
  @Endpoint({
    summary: 'List what was shelved at a stay, newest first',
    params: { encounterId: EncounterId },
    answer: 'ShelfList',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Param('encounterId') id: unknown): Promise<Page<Shelf>> {
    const { encounterId } = await this.stays.find(context, id, 'encounter.limits.read');
    return { items: [...(await this.store.of(encounterId, this.clock.nowMs()))], next: null };
  }

  /** The shelf of a stay, for whoever may do this there: whether there is one is said only then. */
  private async find(
    context: RequestContext,
    { encounterId: stayId, shelfId }: ShelfParams,
    headers: CommandHeaders,
    action: Action,
  ): Promise<{ readonly shelf: Shelf; readonly ifRev: number }> {
    const { encounterId } = await this.stays.find(context, stayId, action);
    const ifRev = ifMatch(headers['if-match'], 'signal');
    const shelf = await this.store.one(parse(ShelfId, shelfId, 'params.shelfId'), this.clock.nowMs());
    if (shelf?.encounterId !== encounterId) throw new PlatformError('not-found', { ids: [`encounter:${encounterId}`] });
    return { shelf, ifRev };
  }

  private async priorityOf(encounterId: EncounterId, conditionCode: string, ruleSet: RuleSet | null): Promise<Priority> {
    const refused = (message: string): InvalidRequest => new InvalidRequest([{ path: 'body.conditionCode', message }]);
    const priority = (await this.store.openPriority(encounterId, conditionCode)) ?? shelfPriority(conditionCode, ruleSet);
    const why = whyNotShelved(conditionCode, priority ?? 'high', ruleSet);
    if (why === 'deadly') throw refused('nobody may shelve this: treat the patient, or have the rule changed');
    if (why !== null) throw refused('this says that Vigil sees nothing or tells nobody, and is never shelved');
    if (priority === null) throw refused('no open alarm of this patient and no rule in force has this condition');
    return priority;
  }

  private checkEnd(toMs: number, priority: Priority): void {
    const nowMs = Math.round(this.clock.nowMs());
    const longestMs = longestShelfMs(priority);
    if (toMs >= nowMs + MS_MIN && toMs <= nowMs + longestMs) return;
    const minutes = longestMs / 60_000;
    throw new InvalidRequest([{ path: 'body.toMs', message: `event time, from a minute to ${minutes} minutes from now` }]);
  }
}

function answer(context: RequestContext, reply: FastifyReply, { value, repeated }: Outcome<Shelf>): Shelf {
  if (repeated) context.commandRepeated();
  void reply.header('etag', `"${value.rev}"`);
  return value;
}
