import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CareUnitId,
  NewPolicy,
  NewSimulation,
  type Page,
  PolicyApproval,
  type PolicyContent,
  type PolicyDetail,
  type PolicyFinding,
  PolicyHash,
  type PolicyInForce,
  PolicyReason,
  type PolicySimulation,
  type PolicyVersion,
  StoredSimulation,
} from '@vigil/contracts';
import { contentHash, neverSilent, PlatformError, policyFindings } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse, RefusedWithErrors } from '../http/invalid-request.js';
import { idempotencyKey, ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { EscalationPolicies, type PolicyMove, type StoredPolicy } from '../ports/escalation-policies.js';
import { Simulation } from './simulation.js';

const PARAMS = { hash: PolicyHash } as const;
const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;
const MOVE_PROBLEMS = [
  ...READ_PROBLEMS,
  ...(['not-found', 'conflict', 'revision-moved', 'precondition-required', 'keys-unavailable'] as const),
] as const;
const ERRORS_MAX = 20;
const UNREADABLE: PolicyFinding = {
  ...{ severity: 'refused', code: 'policy-unreadable', path: '', careUnitId: null },
  message: 'the policy that two people have put into force can not be read: this one holds in its place',
};
const ELSEWHERE = 'a policy with these words is proposed or in force for other care units: give this one another name';
const InForceQuery = z.object({ careUnit: CareUnitId.optional() });

/** Escalation policies and their life. Nothing of a patient is in them, so that reading leaves no audit row. */
@ApiTags('policies')
@Controller('api/v1/policies')
export class PoliciesController {
  constructor(
    private readonly policies: EscalationPolicies,
    private readonly simulation: Simulation,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('policy.read')
  @Endpoint({
    summary: 'List the escalation policies of the site, newest first',
    answer: 'PolicyVersionList',
    problems: READ_PROBLEMS,
  })
  async list(): Promise<Page<PolicyVersion>> {
    return { items: [...(await this.policies.list())], next: null };
  }

  @Get('in-force')
  @Requires('policy.read')
  @Endpoint({
    summary: 'Show who is told of alarms now, in which order and how soon',
    description: 'Of a care unit, or of all that have no policy of their own. `findings` say what of it finds nobody now.',
    query: InForceQuery,
    answer: 'PolicyInForce',
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  async inForce(@Query() query: unknown): Promise<PolicyInForce> {
    const { careUnit } = parse(InForceQuery, query, 'query');
    const units = careUnit === undefined ? [] : [careUnit];
    const site = await this.policies.site(units, this.clock.wallMs());
    if (careUnit !== undefined && site.careUnitIds.length === 0)
      throw new PlatformError('not-found', { ids: [`careUnit:${careUnit}`] });
    const { isFallback, ...now } = await this.policies.inForce(careUnit ?? null);
    const findings = [...(isFallback ? [UNREADABLE] : []), ...policyFindings(now.content, site)];
    return { careUnitId: careUnit ?? null, ...now, findings };
  }

  @Post()
  @Requires('policy.propose')
  @Endpoint({
    summary: 'Put an escalation policy into the store as a draft',
    description:
      'What it does not say of alarms that nobody accepted, and of trouble with being told, is added, so that nothing ends in silence; the answer names it. No care unit: for the whole site.',
    headers: CREATE_HEADERS,
    body: 'NewPolicy',
    answer: 'PolicyDetail',
    status: 201,
    problems: [...READ_PROBLEMS, 'conflict', 'not-found'],
  })
  async create(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyDetail> {
    const commandId = idempotencyKey(headers['idempotency-key']);
    const { content: given, careUnitIds } = parse(NewPolicy, body, 'body');
    const { content, findings } = neverSilent(given);
    context.subject('policies');
    const who = { by: context.person.staffId, audit: context.commandEntry(`create, command:${commandId}`), ...this.now() };
    const { value, repeated } = await this.policies
      .create({ content, careUnitIds }, { commandId, ...who })
      .catch((error: unknown) => this.inWords(error, content, careUnitIds));
    if (repeated) context.commandRepeated();
    void reply.header('location', `/api/v1/policies/${value.hash}`).header('etag', `"${value.rev}"`);
    const detail = await this.detail(await this.find(value.hash));
    return { ...detail, findings: [...detail.findings, ...findings] };
  }

  @Post('simulate')
  @Requires('policy.propose')
  @Endpoint({
    summary: 'Ask what a policy would have done with the alarms of the last days, and keep nothing',
    description: 'Counts only, beside what the policy in force would have done with the same alarms. One at a time.',
    body: 'NewSimulation',
    answer: 'PolicySimulation',
    problems: [...READ_PROBLEMS, 'conflict'],
  })
  async simulate(@Context() context: RequestContext, @Body() body: unknown): Promise<PolicySimulation> {
    const { content, careUnitIds, days } = parse(NewSimulation, body, 'body');
    context.subject('policies', null, `simulate, ${days} days`);
    return this.simulation.run({ content: neverSilent(content).content, careUnitIds, days });
  }

  @Get(':hash')
  @Requires('policy.read')
  @Endpoint({
    summary: 'Show one escalation policy: its state, who did what to it, what is wrong with it now, and its newest simulation',
    params: PARAMS,
    answer: 'PolicyDetail',
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  async show(@Param('hash') hash: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<PolicyDetail> {
    const found = await this.find(hash);
    void reply.header('etag', `"${found.version.rev}"`);
    return this.detail(found);
  }

  @Get(':hash/file')
  @Requires('policy.read')
  @Endpoint({
    summary: 'Give an escalation policy as a file, in the form in which it can be put in again',
    params: PARAMS,
    answer: 'NewPolicy',
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  async file(@Param('hash') hash: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<z.infer<typeof NewPolicy>> {
    const { content, careUnitIds, hash: known } = (await this.find(hash)).version;
    void reply.header('content-disposition', `attachment; filename="policy-${known.slice(0, 16)}.json"`);
    return { content, careUnitIds };
  }

  @Post(':hash/simulate')
  @Requires('policy.propose')
  @Endpoint({
    summary: 'Ask what a policy would have done with the alarms of the last days, and keep the answer for its approval',
    params: PARAMS,
    body: 'StoredSimulation',
    answer: 'PolicySimulation',
    problems: [...READ_PROBLEMS, 'not-found', 'conflict'],
  })
  async simulateStored(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Body() body: unknown,
  ): Promise<PolicySimulation> {
    const { days } = parse(StoredSimulation, body, 'body');
    const { content, careUnitIds, hash: known } = (await this.find(hash)).version;
    context.subject(`policy:${known.slice(0, 16)}`, null, `simulate, ${days} days`);
    const simulation = await this.simulation.run({ content, careUnitIds, days });
    await this.policies.keepSimulation(known, simulation);
    return simulation;
  }

  @Post(':hash/propose')
  @Requires('policy.propose')
  @Endpoint({
    summary: 'Put a policy before others; also one that was in force before, to go back to it',
    description: 'Refused where alarms might be told to nobody under it, and without a simulation of the last 24 hours.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'PolicyReason',
    answer: 'PolicyVersion',
    problems: [...MOVE_PROBLEMS, 'policy-refused', 'simulation-required'],
  })
  async propose(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyVersion> {
    const { reason } = parse(PolicyReason, body, 'body');
    await this.requireSound(hash);
    return this.move(context, { hash, headers, reply }, { action: 'propose', reason });
  }

  @Post(':hash/approve')
  @Requires('policy.approve')
  @Endpoint({
    summary: 'Approve what somebody else has proposed',
    description: '`comparedWith` is `replaces` as it was shown; refused with 412 when another policy is in force by now.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'PolicyApproval',
    answer: 'PolicyVersion',
    problems: [...MOVE_PROBLEMS, 'second-person-required'],
  })
  approve(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyVersion> {
    const { comparedWith, reason } = parse(PolicyApproval, body, 'body');
    return this.move(context, { hash, headers, reply }, { action: 'approve', reason, comparedWith });
  }

  @Post(':hash/reject')
  @Requires('policy.approve')
  @Endpoint({
    summary: 'Reject a proposal, with a reason',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'PolicyReason',
    answer: 'PolicyVersion',
    problems: MOVE_PROBLEMS,
  })
  reject(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyVersion> {
    return this.move(context, { hash, headers, reply }, { action: 'reject', ...parse(PolicyReason, body, 'body') });
  }

  @Post(':hash/withdraw')
  @Requires('policy.propose')
  @Endpoint({
    summary: 'Take a proposal or an approval back: it is a draft again',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'PolicyReason',
    answer: 'PolicyVersion',
    problems: MOVE_PROBLEMS,
  })
  withdraw(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyVersion> {
    return this.move(context, { hash, headers, reply }, { action: 'withdraw', ...parse(PolicyReason, body, 'body') });
  }

  @Post(':hash/activate')
  @Requires('policy.approve')
  @Endpoint({
    summary: 'Let an approved policy come into force, at once',
    description:
      'For escalations that begin from now on; those under way keep what they began with. Refused with `approval-stale` when the approval is more than 14 days old, or when another policy is in force than it was compared with.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'PolicyReason',
    answer: 'PolicyVersion',
    problems: [...MOVE_PROBLEMS, 'approval-stale', 'policy-refused'],
  })
  async activate(
    @Context() context: RequestContext,
    @Param('hash') hash: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyVersion> {
    const { reason } = parse(PolicyReason, body, 'body');
    await this.requireSound(hash);
    return this.move(context, { hash, headers, reply }, { action: 'activate', reason });
  }

  private async move(
    context: RequestContext,
    request: { readonly hash: unknown; readonly headers: CommandHeaders; readonly reply: FastifyReply },
    move: Pick<PolicyMove, 'action' | 'reason' | 'comparedWith'>,
  ): Promise<PolicyVersion> {
    const hash = parse(PolicyHash, request.hash, 'params.hash');
    const { staffId: by } = context.person;
    const commandId = idempotencyKey(request.headers['idempotency-key']);
    const ifRev = ifMatch(request.headers['if-match'], 'signal');
    context.subject(`policy:${hash.slice(0, 16)}`);
    const audit = context.commandEntry(`${move.action}, command:${commandId}`);
    const { value, repeated } = await this.policies.move({ ...move, hash, commandId, by, ifRev, audit, ...this.now() });
    if (repeated) context.commandRepeated();
    void request.reply.header('etag', `"${value.rev}"`);
    return value;
  }

  /** @throws RefusedWithErrors('policy-refused') where alarms might be told to nobody, with the people of now */
  private async requireSound(hash: unknown): Promise<void> {
    const { version } = await this.find(hash);
    const refused = (await this.findings(version.content, version.careUnitIds)).filter(({ severity }) => severity === 'refused');
    if (refused.length === 0) return;
    const errors = refused.slice(0, ERRORS_MAX).map(({ path, message, careUnitId }) => ({
      path: `content.${path}`,
      message: careUnitId === null ? message : `care unit ${careUnitId}: ${message}`,
    }));
    throw new RefusedWithErrors('policy-refused', errors);
  }

  private async findings(content: PolicyContent, careUnitIds: readonly CareUnitId[]): Promise<PolicyFinding[]> {
    return [...policyFindings(content, await this.policies.site(careUnitIds, this.clock.wallMs()))];
  }

  private async detail({ version, history, simulation, inForceIn, replaces }: StoredPolicy): Promise<PolicyDetail> {
    const findings = await this.findings(version.content, version.careUnitIds);
    return { ...version, findings, simulation, inForceIn, replaces, history: [...history] };
  }

  private async find(hash: unknown): Promise<StoredPolicy> {
    const found = await this.policies.get(parse(PolicyHash, hash, 'params.hash'));
    if (found === null) throw new PlatformError('not-found');
    return found;
  }

  /** Says of the usual conflict what to do: the words of a policy are its name for ever, and it is for one list of care units at a time. */
  private async inWords(error: unknown, content: PolicyContent, careUnitIds: readonly CareUnitId[]): Promise<never> {
    const known = await this.policies.get(contentHash(content));
    const isElsewhere = known !== null && [...new Set(careUnitIds)].sort().join() !== known.version.careUnitIds.join();
    if (!(error instanceof PlatformError) || error.code !== 'conflict' || !isElsewhere) throw error;
    throw new RefusedWithErrors('conflict', [{ path: 'body.careUnitIds', message: ELSEWHERE }]);
  }

  private now(): { readonly nowMs: number; readonly wallMs: number } {
    return { nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
  }
}
