import { Body, Controller, Delete, Get, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AskSwap, type Page, type Swap } from '@vigil/contracts';
import { PlatformError, swapTrouble } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse, RefusedWithErrors } from '../http/invalid-request.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { OnCall } from '../ports/on-call.js';
import type { Outcome } from '../ports/stay-limits.js';
import { answered, refuseWith, tagged } from './answered.js';
import { swapErrors, troubleError } from './checks.js';
import { OnCallDesk } from './desk.js';
import { CREATE_PROBLEMS, READ_PROBLEMS } from './schedules.controller.js';

const SwapId = z.uuid();
const PARAMS = { swapId: SwapId } as const;
const ANSWER_PROBLEMS = [...CREATE_PROBLEMS, 'revision-moved', 'precondition-required'] as const;

/** Turns that change hands once both agree. Each person sees and answers their own alone. */
@ApiTags('on-call')
@Controller('api/v1/on-call/swaps')
export class SwapsController {
  constructor(
    private readonly onCall: OnCall,
    private readonly desk: OnCallDesk,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('on-call.swap')
  @Endpoint({
    summary: 'List the swaps that you have asked for, or are asked about, newest first',
    answer: 'SwapList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext): Promise<Page<Swap>> {
    return { items: [...(await this.onCall.swaps(context.person.staffId))], next: null };
  }

  @Get(':swapId')
  @Requires('on-call.swap')
  @Endpoint({ summary: 'Show one swap of yours', params: PARAMS, answer: 'Swap', problems: READ_PROBLEMS })
  async show(
    @Context() context: RequestContext,
    @Param('swapId') id: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Swap> {
    return tagged(reply, await this.find(context, id, ['askedBy', 'to']));
  }

  @Post()
  @Requires('on-call.swap')
  @Endpoint({
    summary: 'Ask somebody to take a turn of yours, for one of theirs or for none',
    description:
      'Nothing changes until that person agrees, before the first of the turns begins. A part of a turn will do. 409 says which turn it is not.',
    headers: CREATE_HEADERS,
    body: 'AskSwap',
    answer: 'Swap',
    status: 201,
    problems: CREATE_PROBLEMS,
  })
  async ask(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Swap> {
    const asked = parse(AskSwap, body, 'body');
    context.subject(`staff:${asked.to}`);
    const change = changeOf(context, headers, this.clock, `asks for a swap of a turn of schedule:${asked.give.scheduleId}`);
    refuseWith(swapErrors(asked, context.person.staffId, await this.desk.site(), this.clock.wallMs()));
    const swap = { ...asked, askedBy: context.person.staffId };
    return answered(context, reply, await this.inWords(swap, this.onCall.askSwap(asked, change)));
  }

  @Post(':swapId/agree')
  @Requires('on-call.swap')
  @Endpoint({
    summary: 'Agree to a swap that you are asked about: the turns change hands',
    description: '409 where a turn is somebody else’s by now.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    answer: 'Swap',
    status: 200,
    problems: ANSWER_PROBLEMS,
  })
  agree(
    @Context() context: RequestContext,
    @Param('swapId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Swap> {
    return this.answer(context, { id, headers, answer: 'agree' }, reply);
  }

  @Post(':swapId/decline')
  @Requires('on-call.swap')
  @Endpoint({
    summary: 'Decline a swap that you are asked about',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    answer: 'Swap',
    status: 200,
    problems: ANSWER_PROBLEMS,
  })
  decline(
    @Context() context: RequestContext,
    @Param('swapId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Swap> {
    return this.answer(context, { id, headers, answer: 'decline' }, reply);
  }

  @Delete(':swapId')
  @Requires('on-call.swap')
  @Endpoint({
    summary: 'Withdraw a swap that you have asked for',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    answer: 'Swap',
    status: 200,
    problems: ANSWER_PROBLEMS,
  })
  withdraw(
    @Context() context: RequestContext,
    @Param('swapId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Swap> {
    return this.answer(context, { id, headers, answer: 'withdraw' }, reply);
  }

  private async answer(
    context: RequestContext,
    asked: { readonly id: unknown; readonly headers: CommandHeaders; readonly answer: 'agree' | 'decline' | 'withdraw' },
    reply: FastifyReply,
  ): Promise<Swap> {
    const swap = await this.find(context, asked.id, [asked.answer === 'withdraw' ? 'askedBy' : 'to']);
    const target = { swapId: swap.swapId, ifRev: ifMatch(asked.headers['if-match'], 'signal') };
    const change = changeOf(context, asked.headers, this.clock, `${asked.answer}, swap of schedule:${swap.give.scheduleId}`);
    return answered(context, reply, await this.inWords(swap, this.onCall.answerSwap(target, asked.answer, change)));
  }

  /** @throws PlatformError('not-found') also for what is there and is not theirs */
  private async find(context: RequestContext, id: unknown, whose: readonly ('askedBy' | 'to')[]): Promise<Swap> {
    const swapId = parse(SwapId, id, 'params.swapId');
    const swap = await this.onCall.swap(swapId);
    const isTheirs = swap !== null && whose.some((side) => swap[side] === context.person.staffId);
    if (swap === null || !isTheirs) throw new PlatformError('not-found');
    context.subject(`staff:${swap.askedBy === context.person.staffId ? swap.to : swap.askedBy}`);
    return swap;
  }

  /** Says of a conflict which turn it is about, and why. */
  private async inWords(
    swap: Pick<Swap, 'give' | 'take' | 'askedBy' | 'to'>,
    work: Promise<Outcome<Swap>>,
  ): Promise<Outcome<Swap>> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'conflict') throw error;
      const turns = swap.take === null ? [swap.give] : [swap.give, swap.take];
      const span = { fromMs: Math.min(...turns.map((t) => t.fromMs)), toMs: Math.max(...turns.map((t) => t.toMs)) };
      const plans = await this.onCall.plans(
        turns.map(({ scheduleId }) => scheduleId),
        span,
      );
      const trouble = swapTrouble(swap, plans, this.clock.wallMs());
      throw trouble === null ? error : new RefusedWithErrors('conflict', [troubleError(trouble)]);
    }
  }
}
