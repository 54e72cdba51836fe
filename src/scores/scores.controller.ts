import { Body, Controller, Get, Headers, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type ChartedObservations,
  ChartRequest,
  type Encounter,
  EncounterId,
  EpochMs,
  type Page,
  ScoreName,
  type ScoreSettings,
  type ScoreView,
  SetScoreSettings,
  type StayScores,
} from '@vigil/contracts';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { StayAccess } from '../access/stay-access.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey, IF_MATCH_FORM, ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Scores } from '../ports/scores.js';
import { chartProblems } from './chart-problems.js';
import { scoreView } from './score-view.js';

/** Clocks of two programs may differ by this much wall time. */
const SKEW_MS_MAX = 60_000;
/** What was seen longer ago (event time) belongs to no score of now: the longest interval between two sets of NEWS2. */
const CHART_BACK_MS_MAX = 12 * 3_600_000;
/** Said before the pipe too: what comes after one is not in the document. */
const timeMs = z.coerce.number().int().nonnegative().pipe(EpochMs);
const HistoryQuery = Paging.extend({
  from: timeMs,
  to: timeMs,
  basis: z.enum(['charted', 'estimate']).optional(),
  replaced: z
    .enum(['true', 'false'])
    .optional()
    .describe('Also the charted sets that were charted anew for the same moment: marked `replaced`, they count no more.'),
});
const KEY_HEADER = {
  'Idempotency-Key': {
    required: true,
    meaning: 'A UUID. The same key sent again does nothing and gives the same answer.',
    form: IDEMPOTENCY_KEY_FORM,
  },
} as const;
const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;

/** Scores of one stay: what they are, what people chart for them, and how they are made. */
@ApiTags('scores')
@Controller('api/v1/encounters/:encounterId')
export class ScoresController {
  constructor(
    private readonly scores: Scores,
    private readonly stays: StayAccess,
    private readonly clock: AppClock,
  ) {}

  @Get('scores')
  @Requires('encounter.scores.read')
  @Endpoint({
    summary: 'Show the newest of each score: charted and estimate apart, with parts, ages, range and end',
    description: 'A total is null while a part is missing; `min` and `max` then say what it can be. Missing is never zero.',
    params: { encounterId: EncounterId },
    answer: 'StayScores',
    problems: PROBLEMS,
  })
  async show(@Context() context: RequestContext, @Param('encounterId') id: unknown): Promise<StayScores> {
    const { encounterId, bedId } = await this.stays.find(context, id, 'encounter.scores.read');
    const nowMs = EpochMs.parse(Math.round(this.clock.nowMs()));
    const [kept, settings] = await Promise.all([this.scores.newest([encounterId]), this.scores.settings(encounterId)]);
    return { encounterId, bedId, nowMs, settings, items: kept.map((each) => scoreView(each, nowMs)) };
  }

  @Get('scores/:score/history')
  @Requires('encounter.scores.read')
  @Endpoint({
    summary: 'List what one score was, newest first: one line for each time that it changed, charted and estimate',
    description:
      'Kept for 30 days. An estimate changes often: a chart names the basis, or its sets would not be on the first pages.',
    params: { encounterId: EncounterId, score: ScoreName },
    query: HistoryQuery,
    answer: 'ScoreViewList',
    problems: PROBLEMS,
  })
  async history(
    @Context() context: RequestContext,
    @Param() params: { readonly encounterId: unknown; readonly score: unknown },
    @Query() query: unknown,
  ): Promise<Page<ScoreView>> {
    const score = parse(ScoreName, params.score, 'params.score');
    const { from, to, limit, cursor, basis, replaced } = parse(HistoryQuery, query, 'query');
    if (from >= to) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    const { encounterId } = await this.stays.find(context, params.encounterId, 'encounter.scores.read');
    const page = await this.scores.history({
      ...{ encounterId, score, basis, fromMs: from, toMs: to, limit, cursor },
      withReplaced: replaced === 'true',
    });
    const nowMs = this.clock.nowMs();
    return { items: page.items.map((each) => scoreView(each, nowMs)), next: page.next };
  }

  @Post('observations')
  @Requires('observation.chart')
  @Endpoint({
    summary: 'Chart what was seen at the bedside: single items for the estimate, or a complete set that a person stands for',
    description:
      'A validated set makes a charted score, from its own items alone; without a part it is refused, and the answer names what is missing. Scores follow as soon as the engine has read it.',
    params: { encounterId: EncounterId },
    headers: KEY_HEADER,
    body: 'ChartRequest',
    answer: 'ChartedObservations',
    status: 201,
    problems: [...PROBLEMS, 'conflict'],
  })
  async chart(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
  ): Promise<ChartedObservations> {
    const commandId = idempotencyKey(key);
    const { items, validated = false, score, atMs } = parse(ChartRequest, body, 'body');
    const stay = await this.stays.find(context, id, 'observation.chart');
    this.checkTime(atMs, stay);
    const problems = chartProblems({ items, validated, score, ageGroup: stay.ageGroup });
    if (problems.length > 0) throw new InvalidRequest([...problems]);
    const { value, repeated } = await this.scores.chart({
      ...this.command(context, stay, commandId, validated ? 'a complete set' : `${items.length} items`),
      items,
      validated,
      score: validated ? (score ?? 'news2') : null,
      atMs: atMs ?? null,
    });
    if (repeated) context.commandRepeated();
    return value;
  }

  @Put('score-settings')
  @Requires('score-settings.set')
  @Endpoint({
    summary: 'Set the SpO2 scale of NEWS2 for this stay',
    description:
      'Scale 2 is for confirmed hypercapnic respiratory failure with a target of 88 to 92 % set by a physician (RCP 2017). If-Match names the `rev` of the settings, "0" where nobody has set any.',
    params: { encounterId: EncounterId },
    headers: {
      'If-Match': { required: true, meaning: 'The revision that the person saw, as `"<rev>"`.', form: IF_MATCH_FORM },
      ...KEY_HEADER,
    },
    body: 'SetScoreSettings',
    answer: 'ScoreSettings',
    problems: [...PROBLEMS, 'conflict', 'revision-moved', 'precondition-required'],
  })
  async settings(
    @Context() context: RequestContext,
    @Param('encounterId') id: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScoreSettings> {
    const { spo2Scale, reason } = parse(SetScoreSettings, body, 'body');
    const commandId = idempotencyKey(headers['idempotency-key']);
    const ifRev = ifMatch(headers['if-match'], 'signal');
    const stay = await this.stays.find(context, id, 'score-settings.set');
    const command = this.command(context, stay, commandId, 'SpO2 scale');
    const { value, repeated } = await this.scores.setSettings({ ...command, spo2Scale, reason, ifRev });
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    return value;
  }

  private command(
    context: RequestContext,
    { encounterId }: Encounter,
    commandId: ReturnType<typeof idempotencyKey>,
    detail: string,
  ) {
    const { staffId } = context.person;
    const audit = context.commandEntry(`${detail}, command:${commandId}`);
    return { commandId, encounterId, by: staffId, audit, nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
  }

  /** @throws InvalidRequest for a time that is still to come, before the stay, or too long ago for any score */
  private checkTime(atMs: number | undefined, { admittedMs }: Encounter): void {
    if (atMs === undefined) return;
    const nowMs = this.clock.nowMs();
    const refuse = (message: string): never => {
      throw new InvalidRequest([{ path: 'body.atMs', message }]);
    };
    if (atMs > nowMs + SKEW_MS_MAX * this.clock.rate) refuse('not in the future');
    if (atMs < admittedMs) refuse('not before the admission');
    if (atMs < nowMs - CHART_BACK_MS_MAX) refuse('at most 12 h ago');
  }
}
