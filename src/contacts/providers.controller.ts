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
import { type CalledPage, Contacts } from '../ports/contacts.js';
import { Escalations } from '../ports/escalations.js';
import { ProviderCallbacks } from '../ports/provider-callbacks.js';

const StatusQuery = z.object({ page: z.string().min(1).max(200) });
const VoiceQuery = z.object({ token: z.string().min(1).max(512) });
const Fields = z.record(z.string().max(100), z.string().max(4_000));
type Verb = 'accept' | 'decline';
type Call = CalledPage & { readonly token: string };
const VERBS: Readonly<Record<string, Verb>> = { '1': 'accept', '2': 'decline' };
const SAID: Readonly<Record<Verb, string>> = {
  accept: 'Thank you. You have accepted. Please go.',
  decline: 'You have declined. Somebody else will be told.',
};
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
    problems: ['forbidden', 'not-found', 'link-expired', 'store-unavailable'],
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
    return this.callbacks.speech(await this.answer(context, form['Digits'] ?? '', { ...page, token }));
  }

  /** What is said to whoever has pressed the key. A call can't show what else there is: it answers its page, and what had joined that. */
  private async answer(context: RequestContext, digits: string, call: Call): Promise<string> {
    const verb = VERBS[digits];
    if (verb === undefined) return 'That key means nothing here. Others will be told.';
    const others = await this.escalations.linkedPages(call, this.clock.wallMs());
    try {
      // First: it would leave as a message of its own in between.
      for (const { pageId, alarmId } of others.filter((each) => each.together && !each.used)) {
        await this.say(context, verb, { ...call, pageId, alarmId }).catch(onlyTaken);
      }
      const { repeated } = await this.say(context, verb, call);
      if (repeated) context.commandRepeated();
    } catch (error) {
      onlyTaken(error);
      context.rowNotTaken();
      context.subject(`alarm:${call.alarmId}`, null, `page:${call.pageId} by voice, ${verb}: too late`);
      return 'That could not be taken: the alarm is over, or others are going. If in doubt, look at Vigil.';
    }
    const waiting = others.filter((each) => !each.together).length;
    return `${SAID[verb]}${waiting === 0 ? '' : ` Other alarms wait for your answer: ${waiting}. Open Vigil.`}`;
  }

  private say(
    context: RequestContext,
    verb: Verb,
    { pageId, alarmId, staffId, token }: Call,
  ): Promise<{ readonly repeated: boolean }> {
    const times = { nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const entry = context.commandEntry(`page:${pageId} by voice, ${verb}`);
    const audit = { ...entry, object: `alarm:${alarmId}`, actor: staffId, roles: [] };
    // Made of the token, so that a report that comes twice is one command, and nobody who knows of the page can use the id up.
    const commandId = uuidFrom(`voice/${token}/${pageId}/${verb}`) as CommandId;
    const command = { commandId, alarmId, by: staffId, ifRev: null, audit, ...times };
    return verb === 'accept' ? this.alarms.accept(command) : this.alarms.decline({ ...command, reason: 'other' });
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

/** Somebody else was quicker, or it is over. */
function onlyTaken(error: unknown): void {
  if (error instanceof PlatformError && ['conflict', 'revision-moved'].includes(error.code)) return;
  throw error;
}
