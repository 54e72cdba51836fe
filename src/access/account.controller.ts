import { Body, Controller, Delete, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  NewPasskey,
  type OwnAccount,
  type Passkey,
  PasskeyId,
  type PasskeySignInOptions,
  PasswordChange,
  TotpConfirmation,
  type TotpEnrolled,
  type TotpEnrolment as Enrolment,
} from '@vigil/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { ServerConfig } from '../server-config.js';
import { Context, Requires } from './access.decorators.js';
import { OwnAccounts } from './own-account.js';
import { relyingParty } from './relying-party.js';
import { RequestContext } from './request-context.js';
import { SessionAnswer, type SignedIn } from './session-answer.js';

const PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;
const FRESH_PROBLEMS = [...PROBLEMS, 'reauthentication-required'] as const;

/** How the person who asks signs in. What adds or takes away a way in needs a sign-in of the last ten minutes. */
@ApiTags('account')
@Controller('api/v1/account')
export class AccountController {
  constructor(
    private readonly own: OwnAccounts,
    private readonly answer: SessionAnswer,
    private readonly config: ServerConfig,
  ) {}

  @Get()
  @Requires('signed-in')
  @Endpoint({ summary: 'Show how you sign in', answer: 'OwnAccount', problems: PROBLEMS })
  show(@Context() context: RequestContext): Promise<OwnAccount> {
    return this.own.show(context.person.staffId);
  }

  @Post('password')
  @Requires('signed-in', 'account.password')
  @Endpoint({
    summary: 'Change your password',
    description: 'All your other sessions end; this one gets a new cookie, or a bearer its new token in the answer.',
    body: 'PasswordChange',
    answer: ['Session', 'TokenSession'],
    problems: [...PROBLEMS, 'too-many-attempts'],
  })
  async password(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<SignedIn> {
    const given = parse(PasswordChange, body, 'body');
    context.subject(`staff:${context.person.staffId}`);
    const asToken = isBearer(request);
    const from = this.answer.from(context, request, asToken);
    const opened = await this.own.changePassword(context, given, from);
    return this.answer.give(context, opened, { request, reply, asToken });
  }

  @Post('totp')
  @Requires('signed-in', 'account.totp-begin')
  @Endpoint({
    summary: 'Begin to set up an authenticator app',
    answer: 'TotpEnrolment',
    problems: [...FRESH_PROBLEMS, 'keys-unavailable'],
  })
  async beginTotp(@Context() context: RequestContext): Promise<Enrolment> {
    context.subject(`staff:${context.person.staffId}`);
    return this.own.beginTotp(context);
  }

  @Post('totp/confirm')
  @Requires('signed-in', 'account.totp-set')
  @Endpoint({
    summary: 'Keep the authenticator app: its first code',
    description: 'Answers ten recovery codes, shown this once. The session gets a new token.',
    body: 'TotpConfirmation',
    answer: 'TotpEnrolled',
    problems: [...FRESH_PROBLEMS, 'wrong-code', 'ticket-expired', 'keys-unavailable'],
  })
  async confirmTotp(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<TotpEnrolled> {
    const given = parse(TotpConfirmation, body, 'body');
    context.subject(`staff:${context.person.staffId}`);
    const asToken = isBearer(request);
    const { recoveryCodes, opened } = await this.own.confirmTotp(context, given);
    const session = this.answer.give(context, opened, { request, reply, asToken });
    return { recoveryCodes: [...recoveryCodes], session: session as TotpEnrolled['session'] };
  }

  @Delete('totp')
  @Requires('signed-in', 'account.totp-remove')
  @Endpoint({ summary: 'Take the authenticator app and the recovery codes away', answer: null, problems: FRESH_PROBLEMS })
  async removeTotp(@Context() context: RequestContext): Promise<void> {
    context.subject(`staff:${context.person.staffId}`);
    await this.own.removeTotp(context);
  }

  @Post('recovery-codes')
  @Requires('signed-in', 'account.recovery-codes')
  @Endpoint({
    summary: 'Make ten new recovery codes; the ones before hold no more',
    answer: 'RecoveryCodes',
    problems: [...FRESH_PROBLEMS, 'conflict'],
  })
  async recoveryCodes(@Context() context: RequestContext): Promise<{ recoveryCodes: readonly string[] }> {
    context.subject(`staff:${context.person.staffId}`);
    return { recoveryCodes: await this.own.newRecoveryCodes(context) };
  }

  @Post('passkeys/options')
  @Requires('signed-in', 'account.passkey-begin')
  @Endpoint({
    summary: 'Begin to add a passkey',
    description: '`options` goes to `navigator.credentials.create`.',
    answer: 'PasskeySignInOptions',
    problems: FRESH_PROBLEMS,
  })
  async passkeyOptions(@Context() context: RequestContext, @Req() request: FastifyRequest): Promise<PasskeySignInOptions> {
    context.subject(`staff:${context.person.staffId}`);
    const { settings, secure } = this.config;
    return this.own.passkeyOptions(context, relyingParty(settings.publicUrl, request.headers.host, secure));
  }

  @Post('passkeys')
  @Requires('signed-in', 'account.passkey-add')
  @Endpoint({
    summary: 'Add the passkey that the browser made',
    body: 'NewPasskey',
    status: 201,
    answer: 'Passkey',
    problems: [...FRESH_PROBLEMS, 'ticket-expired', 'conflict'],
  })
  async addPasskey(@Context() context: RequestContext, @Body() body: unknown): Promise<Passkey> {
    const given = parse(NewPasskey, body, 'body');
    context.subject(`staff:${context.person.staffId}`);
    return this.own.addPasskey(context, given);
  }

  @Delete('passkeys/:passkeyId')
  @Requires('signed-in', 'account.passkey-remove')
  @Endpoint({
    summary: 'Take a passkey away',
    params: { passkeyId: PasskeyId },
    answer: null,
    problems: [...FRESH_PROBLEMS, 'not-found'],
  })
  async removePasskey(@Context() context: RequestContext, @Param('passkeyId') id: unknown): Promise<void> {
    const passkeyId = parse(PasskeyId, id, 'params');
    context.subject(`staff:${context.person.staffId}`, null, passkeyId);
    await this.own.removePasskey(context, passkeyId);
  }
}

const isBearer = (request: FastifyRequest): boolean => request.headers.authorization !== undefined;
