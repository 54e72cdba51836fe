import { Body, Controller, Header, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { CommandId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Context, Public } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { uuidFrom } from '../http/sha.js';
import { Accounts } from '../ports/accounts.js';
import { Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { Contacts } from '../ports/contacts.js';
import { Escalations } from '../ports/escalations.js';
import { ProviderCallbacks } from '../ports/provider-callbacks.js';

const StatusQuery = z.object({ page: z.string().min(1).max(200) });
const VoiceQuery = z.object({ token: z.string().min(1).max(512) });
const Fields = z.record(z.string().max(100), z.string().max(4_000));
const SIGNATURE = {
  'X-Twilio-Signature': { required: true, meaning: 'HMAC-SHA1 over the whole URL and the sorted fields, base64.' },
} as const;

/** What a provider of SMS and calls reports. Only what its account has signed is read; said twice, it is the same as once. */
@ApiTags('pages')
@Controller('api/v1/providers/twilio')
export class ProvidersController {
  constructor(
    private readonly callbacks: ProviderCallbacks,
    private readonly contacts: Contacts,
    private readonly escalations: Escalations,
    private readonly alarms: Alarms,
    private readonly accounts: Accounts,
    private readonly clock: AppClock,
  ) {}

  @Post('status')
  @Public('the provider signs what it reports with the secret of the account')
  @Endpoint({
    summary: 'Take a provider’s report of how far a message has come',
    description: 'It is shown with the page and steers nothing.',
    query: StatusQuery,
    headers: SIGNATURE,
    answer: null,
    problems: ['forbidden', 'store-unavailable'],
  })
  async status(@Req() request: FastifyRequest, @Query() query: unknown, @Body() body: unknown): Promise<void> {
    const form = this.genuine(request, body);
    const { page } = parse(StatusQuery, query, 'query');
    const stage = this.callbacks.stageOf(form);
    if (stage !== null) await this.escalations.receipt(page, stage, this.clock.wallMs());
  }

  @Post('voice')
  @Public('the provider signs it, and the token is for one page and ten minutes', 'alarm.accept')
  @Header('content-type', 'text/xml; charset=utf-8')
  @Endpoint({
    summary: 'Take the key that somebody pressed in a call: 1 accepts, 2 declines, for whom the page names',
    query: VoiceQuery,
    headers: SIGNATURE,
    answer: 'other',
    media: ['text/xml'],
    problems: ['forbidden', 'not-found', 'conflict', 'link-expired', 'store-unavailable'],
  })
  async voice(
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<string> {
    context.subject('page');
    const form = this.genuine(request, body);
    const { token } = parse(VoiceQuery, query, 'query');
    const pageId = await this.callbacks.pageOfVoiceToken(token);
    const page = pageId === null ? null : await this.contacts.pageOf(pageId);
    if (pageId === null || page === null) throw new PlatformError('link-expired');
    context.subject(`alarm:${page.alarmId}`, null, `page:${pageId} by voice`);
    const account = await this.accounts.view(page.staffId, this.clock.wallMs());
    if (account?.disabled === true) throw new PlatformError('link-expired', { ids: [`page:${pageId}`] });
    return this.callbacks.speech(await this.answer(context, form['Digits'] ?? '', { ...page, pageId }));
  }

  private async answer(
    context: RequestContext,
    digits: string,
    { alarmId, staffId, pageId }: Awaited<ReturnType<Contacts['pageOf']>> & object & { readonly pageId: string },
  ): Promise<string> {
    if (digits !== '1' && digits !== '2') return 'That key means nothing here. Others will be told.';
    const times = { nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const audit = { ...context.commandEntry(`page:${pageId} by voice, key ${digits}`), actor: staffId, roles: [] };
    // Made of the page, so that a report that comes twice is one command.
    const commandId = uuidFrom(`voice/${pageId}/${digits}`) as CommandId;
    const command = { commandId, alarmId, by: staffId, ifRev: null, audit, ...times };
    const { repeated } =
      digits === '1' ? await this.alarms.accept(command) : await this.alarms.decline({ ...command, reason: 'other' });
    if (repeated) context.commandRepeated();
    return digits === '1' ? 'Thank you. You have accepted. Please go.' : 'You have declined. Somebody else will be told.';
  }

  /** @throws PlatformError('forbidden') */
  private genuine(request: FastifyRequest, body: unknown): Readonly<Record<string, string>> {
    const form = parse(Fields, body ?? {}, 'body');
    const signature = request.headers['x-twilio-signature'];
    const given = typeof signature === 'string' ? signature : undefined;
    if (!this.callbacks.isGenuine({ pathAndQuery: request.raw.url ?? '', form, signature: given })) {
      throw new PlatformError('forbidden');
    }
    return form;
  }
}
