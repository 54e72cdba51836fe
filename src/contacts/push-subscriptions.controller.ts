import { Body, Controller, Delete, Get, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ContactId, type ContactView, NewPushSubscription, type Page, type PushPublicKey } from '@vigil/contracts';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Contacts } from '../ports/contacts.js';
import { OutsideAddresses } from '../ports/outside-addresses.js';
import { PushKeys } from '../ports/push-keys.js';
import { requireOutside } from './address-of.js';

const READ = ['unauthenticated', 'forbidden', 'keys-unavailable', 'store-unavailable'] as const;

/** Browsers and phones of oneself that take web push. */
@ApiTags('contacts')
@Controller('api/v1/account')
export class PushSubscriptionsController {
  constructor(
    private readonly contacts: Contacts,
    private readonly keys: PushKeys,
    private readonly outside: OutsideAddresses,
    private readonly clock: AppClock,
  ) {}

  @Get('push-key')
  @Requires('signed-in')
  @Endpoint({ summary: 'Show the key with which a browser subscribes', answer: 'PushPublicKey', problems: READ })
  async key(@Context() context: RequestContext): Promise<z.infer<typeof PushPublicKey>> {
    // A service has no browser.
    context.subject(`staff:${context.person.staffId}`);
    return { publicKey: await this.keys.publicKey() };
  }

  @Get('push-subscriptions')
  @Requires('signed-in')
  @Endpoint({ summary: 'List your browsers and phones that take web push', answer: 'PushSubscriptionList', problems: READ })
  async list(@Context() context: RequestContext): Promise<Page<ContactView>> {
    const { items } = await this.contacts.list(context.person.staffId, this.clock.wallMs());
    return { items: items.filter(({ channel }) => channel === 'webPush'), next: null };
  }

  @Post('push-subscriptions')
  @Requires('signed-in', 'contact.add')
  @Endpoint({
    summary: 'Have pages shown by this browser',
    description: 'The body is that of `PushSubscription.toJSON()`. The same endpoint again takes the new keys.',
    headers: CREATE_HEADERS,
    body: 'NewPushSubscription',
    answer: 'ContactView',
    status: 201,
    problems: [...READ, 'conflict'],
  })
  async add(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactView> {
    const { endpoint, keys, label = null } = parse(NewPushSubscription, body, 'body');
    requireOutside(endpoint, 'body.endpoint', this.outside);
    const { staffId } = context.person;
    context.subject(`staff:${staffId}`);
    const change = changeOf(context, headers, this.clock, 'webPush added');
    const address = JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth });
    const contact = { staffId, channel: 'webPush', address, label, source: 'browser' } as const;
    const { value, repeated } = await this.contacts.add(contact, change);
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    return value;
  }

  @Delete('push-subscriptions/:contactId')
  @Requires('signed-in', 'contact.remove')
  @Endpoint({
    summary: 'Have pages shown by a browser no longer',
    params: { contactId: ContactId },
    headers: CHANGE_HEADERS,
    answer: null,
    problems: [...READ, 'not-found', 'conflict', 'revision-moved', 'precondition-required'],
  })
  async remove(
    @Context() context: RequestContext,
    @Param('contactId') id: unknown,
    @Headers() headers: CommandHeaders,
  ): Promise<void> {
    const { staffId } = context.person;
    const contactId = parse(ContactId, id, 'params.contactId');
    context.subject(`staff:${staffId}`, null, `contact:${contactId}`);
    const change = changeOf(context, headers, this.clock, `contact:${contactId}`);
    const { repeated } = await this.contacts.remove({ staffId, contactId }, change, ifMatch(headers['if-match'], 'signal'));
    if (repeated) context.commandRepeated();
  }
}
