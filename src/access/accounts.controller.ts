import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type AccountCreated,
  AccountReset,
  type AccountView,
  NewAccount,
  type Page,
  RolesChange,
  StaffId,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { type AccountChange, Accounts } from '../ports/accounts.js';
import { AppClock } from '../ports/app-clock.js';
import { Context, Requires } from './access.decorators.js';
import { RequestContext } from './request-context.js';
import { Sessions } from './sessions.js';
import { TemporaryPasswords } from './temporary-passwords.js';

const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;
const CHANGE_PROBLEMS = [...READ_PROBLEMS, 'not-found', 'conflict'] as const;
const OF_ONE = { params: { staffId: StaffId }, problems: CHANGE_PROBLEMS } as const;

/**
 * Accounts, for those who manage them. Nobody changes their own roles or account here, and somebody who can manage
 * accounts is always left. What takes something away ends the person's sessions everywhere.
 */
@ApiTags('accounts')
@Controller('api/v1/accounts')
export class AccountsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly temporary: TemporaryPasswords,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('account.read')
  @Endpoint({ summary: 'List the accounts of the site', query: Paging, answer: 'AccountList', problems: READ_PROBLEMS })
  list(@Query() query: unknown): Promise<Page<AccountView>> {
    return this.accounts.list({ ...parse(Paging, query, 'query'), wallMs: this.clock.wallMs() });
  }

  @Get(':staffId')
  @Requires('account.read')
  @Endpoint({
    summary: 'Show one account',
    params: { staffId: StaffId },
    answer: 'Account',
    problems: [...READ_PROBLEMS, 'not-found'],
  })
  show(@Param('staffId') id: unknown): Promise<AccountView> {
    return this.view(parse(StaffId, id, 'params'));
  }

  @Post()
  @Requires('account.manage', 'account.create')
  @Endpoint({
    summary: 'Give a person an account',
    description: 'The temporary password is in this answer only; it holds three days and must be changed at the first sign-in.',
    body: 'NewAccount',
    status: 201,
    answer: 'AccountCreated',
    problems: [...READ_PROBLEMS, 'conflict', 'too-many-attempts'],
  })
  async create(@Context() context: RequestContext, @Body() body: unknown): Promise<AccountCreated> {
    const { password: wantsPassword, ...account } = parse(NewAccount, body, 'body');
    context.subject(`staff:${account.staffId}`, null, `roles ${listed(account.roles)}`);
    this.refuseOwn(context, account.staffId);
    const made = wantsPassword ? await this.temporary.make() : null;
    await this.accounts.create({ ...account, password: made?.stored ?? null }, this.change(context));
    return { account: await this.view(account.staffId), temporaryPassword: made?.password ?? null };
  }

  @Put(':staffId/roles')
  @Requires('account.manage', 'account.roles')
  @Endpoint({ summary: 'Change a person’s roles; their sessions end', ...OF_ONE, body: 'RolesChange', answer: 'Account' })
  async roles(@Context() context: RequestContext, @Param('staffId') id: unknown, @Body() body: unknown): Promise<AccountView> {
    const staffId = parse(StaffId, id, 'params');
    const { roles } = parse(RolesChange, body, 'body');
    const before = await this.view(staffId);
    context.subject(`staff:${staffId}`, null, `roles ${listed(before.roles)} become ${listed(roles)}`);
    this.refuseOwn(context, staffId);
    await this.accounts.setRoles(staffId, roles, this.change(context));
    return this.done(staffId);
  }

  @Post(':staffId/disable')
  @Requires('account.manage', 'account.disable')
  @Endpoint({ summary: 'Let a person sign in no more; their sessions end', ...OF_ONE, answer: 'Account' })
  disable(@Context() context: RequestContext, @Param('staffId') id: unknown): Promise<AccountView> {
    return this.setDisabled(context, parse(StaffId, id, 'params'), true);
  }

  @Post(':staffId/enable')
  @Requires('account.manage', 'account.enable')
  @Endpoint({ summary: 'Let a person sign in again', ...OF_ONE, answer: 'Account' })
  enable(@Context() context: RequestContext, @Param('staffId') id: unknown): Promise<AccountView> {
    return this.setDisabled(context, parse(StaffId, id, 'params'), false);
  }

  @Post(':staffId/reset')
  @Requires('account.manage', 'account.reset')
  @Endpoint({
    summary: 'Give a person a new temporary password; their sessions end',
    description: 'With `secondFactors`, the authenticator app, recovery codes and passkeys are taken away too.',
    params: { staffId: StaffId },
    body: 'AccountReset',
    answer: 'AccountCreated',
    problems: [...CHANGE_PROBLEMS, 'too-many-attempts'],
  })
  async reset(@Context() context: RequestContext, @Param('staffId') id: unknown, @Body() body: unknown): Promise<AccountCreated> {
    const staffId = parse(StaffId, id, 'params');
    const { secondFactors } = parse(AccountReset, body, 'body');
    context.subject(`staff:${staffId}`, null, secondFactors ? 'password and second factors' : 'password');
    this.refuseOwn(context, staffId);
    await this.view(staffId);
    const { password, stored } = await this.temporary.make();
    await this.accounts.reset(staffId, { password: stored, secondFactors }, this.change(context));
    return { account: await this.done(staffId), temporaryPassword: password };
  }

  @Delete(':staffId/sessions')
  @HttpCode(204)
  @Requires('account.manage', 'account.sessions-ended')
  @Endpoint({ summary: 'Sign a person out everywhere', params: { staffId: StaffId }, answer: null, problems: CHANGE_PROBLEMS })
  async endSessions(@Context() context: RequestContext, @Param('staffId') id: unknown): Promise<void> {
    const staffId = parse(StaffId, id, 'params');
    context.subject(`staff:${staffId}`);
    await this.view(staffId);
    const ended = await this.sessions.endAllOf(staffId);
    context.subject(`staff:${staffId}`, null, `${ended} sessions`);
  }

  private async setDisabled(context: RequestContext, staffId: StaffId, disabled: boolean): Promise<AccountView> {
    context.subject(`staff:${staffId}`);
    this.refuseOwn(context, staffId);
    await this.accounts.setDisabled(staffId, disabled, this.change(context));
    return this.done(staffId);
  }

  /** Sockets of this process hear of it at once; those of others within two seconds. */
  private async done(staffId: StaffId): Promise<AccountView> {
    await this.sessions.noticeEnded();
    return this.view(staffId);
  }

  private async view(staffId: StaffId): Promise<AccountView> {
    const view = await this.accounts.view(staffId, this.clock.wallMs());
    if (view === null) throw new PlatformError('not-found', { ids: [`staff:${staffId}`] });
    return view;
  }

  /** @throws PlatformError('conflict'): it takes a second person, so that nobody gives rights to themselves */
  private refuseOwn(context: RequestContext, staffId: StaffId): void {
    if (context.caller.user?.staffId === staffId) throw new PlatformError('conflict', { ids: [`staff:${staffId}`] });
  }

  private change(context: RequestContext): AccountChange {
    return { audit: context.commandEntry(), wallMs: this.clock.wallMs() };
  }
}

const listed = (roles: readonly string[]): string => (roles.length === 0 ? 'none' : roles.join(','));
