import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  NewRuleSet,
  type Page,
  RuleSetApproval,
  type RuleSetDetail,
  type RuleSetDiff,
  RuleSetHash,
  RuleSetReason,
  RuleSetSchedule,
  type RuleSetVersion,
} from '@vigil/contracts';
import { leftOutOf, PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey, ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { type RuleSetMove, RuleSetVersions, type StoredRuleSet } from '../ports/rule-set-versions.js';
import { RuleSets } from '../ports/rule-sets.js';
import { RuleActivation } from './rule-activation.service.js';
import { readRuleFile } from './rule-file.js';
import { ruleSetDiff } from './rule-set-diff.js';
import { COMMAND_HEADERS } from './stay-limits.controller.js';
import { writeRuleFile } from './write-rule-file.js';

type CommandHeaders = Record<string, string | undefined>;
const HashOrActive = z.union([z.literal('active'), RuleSetHash]);
const PARAMS = { hash: RuleSetHash } as const;
const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;
const MOVE_PROBLEMS = [
  ...READ_PROBLEMS,
  ...(['not-found', 'conflict', 'revision-moved', 'precondition-required'] as const),
] as const;
const CREATE_HEADERS = {
  'Idempotency-Key': { required: true, meaning: 'A UUID. The same key sent again does nothing.', form: IDEMPOTENCY_KEY_FORM },
} as const;
/** A date of more than so long ago (wall time) is a slip, and one in more than a year as well. */
const PAST_MS_MAX = 60_000;
const FUTURE_MS_MAX = 366 * 86_400_000;
const DiffQuery = z.object({ with: RuleSetHash.optional() });
const FILE_ERRORS_MAX = 20;

/** Rule sets and their life. Nothing of a patient is in them, so that reading leaves no audit row. */
@ApiTags('rules')
@Controller('api/v1/rule-sets')
export class RuleSetsController {
  constructor(
    private readonly versions: RuleSetVersions,
    private readonly ruleSets: RuleSets,
    private readonly activation: RuleActivation,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('rule-set.read')
  @Endpoint({ summary: 'List the rule sets of the site, newest first', answer: 'RuleSetVersionList', problems: READ_PROBLEMS })
  async list(): Promise<Page<RuleSetVersion>> {
    return { items: await this.versions.list(), next: null };
  }

  @Post()
  @Requires('rule-set.propose')
  @Endpoint({
    summary: 'Put a rule file into the store as a draft',
    description:
      'Checked as `vigil rules check` does; `errors` names line and column. One that is there already is answered as it is.',
    headers: CREATE_HEADERS,
    body: 'NewRuleSet',
    answer: 'RuleSetVersion',
    status: 201,
    problems: [...READ_PROBLEMS, 'conflict'],
  })
  async create(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RuleSetVersion> {
    const commandId = idempotencyKey(headers['idempotency-key']);
    const { file } = parse(NewRuleSet, body, 'body');
    const { ruleSet, problems } = readRuleFile(file);
    if (ruleSet === null) {
      const errors = problems.slice(0, FILE_ERRORS_MAX);
      throw new InvalidRequest(
        errors.map(({ line, column, path, message }) => ({
          path: `body.file:${line}:${column}`,
          message: `${path}: ${message}`,
        })),
      );
    }
    const { staffId } = context.person;
    context.subject('rule-sets');
    const audit = context.commandEntry(`command:${commandId}`);
    const who = { audit, nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const { value, repeated } = await this.versions.create(ruleSet, { commandId, by: staffId, ...who });
    if (repeated) context.commandRepeated();
    void reply.header('location', `/api/v1/rule-sets/${value.hash}`).header('etag', `"${value.rev}"`);
    return value;
  }

  @Get(':hash')
  @Requires('rule-set.read')
  @Endpoint({
    summary: 'Show one rule set: its rules, its state and who did what to it',
    description: '`active` in place of the hash: the one in force. `leftOut` names what of it can not run.',
    params: { hash: HashOrActive },
    answer: 'RuleSetDetail',
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  async show(@Param('hash') hash: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<RuleSetDetail> {
    const named = parse(HashOrActive, hash, 'params.hash');
    const { version, ruleSet, history } = await this.find(named === 'active' ? (await this.ruleSets.active())?.hash : named);
    void reply.header('etag', `"${version.rev}"`);
    return { ...version, ruleSet, history: [...history], leftOut: [...leftOutOf(ruleSet)] };
  }

  @Get(':hash/diff')
  @Requires('rule-set.read')
  @Endpoint({
    summary: 'Show what a rule set would change, field by field',
    description: 'Compared with the one in force, or with another one by its hash.',
    params: PARAMS,
    query: DiffQuery,
    answer: 'RuleSetDiff',
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  async diff(@Param('hash') hash: unknown, @Query() query: unknown): Promise<RuleSetDiff> {
    const { with: other } = parse(DiffQuery, query, 'query');
    const to = await this.find(hash);
    const from = other === undefined ? await this.ruleSets.active() : await this.find(other);
    if (from === null) throw new PlatformError('not-found');
    const fromHash = 'version' in from ? from.version.hash : from.hash;
    return ruleSetDiff({ hash: fromHash, ruleSet: from.ruleSet }, { hash: to.version.hash, ruleSet: to.ruleSet });
  }

  @Get(':hash/file')
  @Requires('rule-set.read')
  @Endpoint({
    summary: 'Give a rule set as a rule file',
    params: PARAMS,
    answer: 'other',
    media: ['application/yaml'],
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  async file(@Param('hash') hash: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { ruleSet } = await this.find(hash);
    void reply.header('content-type', 'application/yaml; charset=utf-8');
    return writeRuleFile(ruleSet);
  }

  @Post(':hash/propose')
  @Requires('rule-set.propose')
  @Endpoint({
    summary: 'Put a rule set before others; also one that was in force before, to go back to it',
    params: PARAMS,
    headers: COMMAND_HEADERS,
    body: 'RuleSetReason',
    answer: 'RuleSetVersion',
    problems: MOVE_PROBLEMS,
  })
  propose(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RuleSetVersion> {
    const { reason } = parse(RuleSetReason, body, 'body');
    return this.move(context, { hash, headers, reply }, { action: 'propose', reason });
  }

  @Post(':hash/approve')
  @Requires('rule-set.approve')
  @Endpoint({
    summary: 'Approve what somebody else has proposed',
    description:
      '`comparedWith` is the hash of the rule set in force that the differences were shown against; refused with 412 when another one is in force by now.',
    params: PARAMS,
    headers: COMMAND_HEADERS,
    body: 'RuleSetApproval',
    answer: 'RuleSetVersion',
    problems: [...MOVE_PROBLEMS, 'second-person-required'],
  })
  approve(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RuleSetVersion> {
    const { comparedWith, reason = '' } = parse(RuleSetApproval, body, 'body');
    return this.move(context, { hash, headers, reply }, { action: 'approve', reason, comparedWith });
  }

  @Post(':hash/reject')
  @Requires('rule-set.approve')
  @Endpoint({
    summary: 'Reject a proposal, with a reason',
    params: PARAMS,
    headers: COMMAND_HEADERS,
    body: 'RuleSetReason',
    answer: 'RuleSetVersion',
    problems: MOVE_PROBLEMS,
  })
  reject(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RuleSetVersion> {
    const { reason } = parse(RuleSetReason, body, 'body');
    return this.move(context, { hash, headers, reply }, { action: 'reject', reason });
  }

  @Post(':hash/activate')
  @Requires('rule-set.activate')
  @Endpoint({
    summary: 'Let an approved rule set come into force, at a date or at once',
    description:
      'Event time. The platform puts it into force by itself when the date has come, also after a restart. Refused with `approval-stale` when the approval is more than 14 days old by then, or when other rules are in force than it was compared with.',
    params: PARAMS,
    headers: COMMAND_HEADERS,
    body: 'RuleSetSchedule',
    answer: 'RuleSetVersion',
    problems: [...MOVE_PROBLEMS, 'approval-stale'],
  })
  async activate(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RuleSetVersion> {
    const { atMs } = parse(RuleSetSchedule, body, 'body');
    const nowMs = this.clock.nowMs();
    if (atMs !== undefined && (atMs < nowMs - PAST_MS_MAX * this.clock.rate || atMs > nowMs + FUTURE_MS_MAX)) {
      throw new InvalidRequest([{ path: 'body.atMs', message: 'event time, from now to a year from now' }]);
    }
    const date = { rate: this.clock.rate, ...(atMs === undefined ? {} : { effectiveMs: atMs }) };
    const scheduled = await this.move(context, { hash, headers, reply }, { action: 'schedule', reason: '', ...date });
    // What is due at once is in force when the answer is there.
    await this.activation.look();
    const now = (await this.versions.get(scheduled.hash))?.version ?? scheduled;
    void reply.header('etag', `"${now.rev}"`);
    return now;
  }

  @Post(':hash/withdraw')
  @Requires('rule-set.propose')
  @Endpoint({
    summary: 'Take a date or a proposal back',
    description: 'What was scheduled stays approved; what was proposed or approved is a draft again.',
    params: PARAMS,
    headers: COMMAND_HEADERS,
    body: 'RuleSetReason',
    answer: 'RuleSetVersion',
    problems: MOVE_PROBLEMS,
  })
  withdraw(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RuleSetVersion> {
    const { reason } = parse(RuleSetReason, body, 'body');
    return this.move(context, { hash, headers, reply }, { action: 'withdraw', reason });
  }

  private async move(
    context: RequestContext,
    request: { readonly hash: unknown; readonly headers: CommandHeaders; readonly reply: FastifyReply },
    move: Pick<RuleSetMove, 'action' | 'reason'> & Partial<Pick<RuleSetMove, 'comparedWith' | 'effectiveMs' | 'rate'>>,
  ): Promise<RuleSetVersion> {
    const hash = parse(RuleSetHash, request.hash, 'params.hash');
    const { staffId } = context.person;
    const commandId = idempotencyKey(request.headers['idempotency-key']);
    const ifRev = ifMatch(request.headers['if-match'], 'signal');
    context.subject(`rule-set:${hash.slice(0, 16)}`);
    const audit = context.commandEntry(`${move.action}, command:${commandId}`);
    const who = { audit, nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const { value, repeated } = await this.versions.move({ ...move, hash, commandId, by: staffId, ifRev, ...who });
    if (repeated) context.commandRepeated();
    void request.reply.header('etag', `"${value.rev}"`);
    return value;
  }

  private async find(hash: unknown): Promise<StoredRuleSet> {
    // A site without rules has none in force.
    if (hash === undefined) throw new PlatformError('not-found');
    const found = await this.versions.get(parse(RuleSetHash, hash, 'params.hash'));
    if (found === null) throw new PlatformError('not-found');
    return found;
  }
}
