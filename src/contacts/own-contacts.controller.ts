import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Put, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ContactConfirmation,
  ContactId,
  ContactLabel,
  type ContactList,
  ContactOrder,
  type ContactView,
  NewContact,
} from '@vigil/contracts';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Contacts } from '../ports/contacts.js';
import { OutsideAddresses } from '../ports/outside-addresses.js';
import { addressOf } from './address-of.js';
import { ContactMessages } from './contact-messages.js';

const PARAMS = { contactId: ContactId } as const;
const READ = ['unauthenticated', 'forbidden', 'keys-unavailable', 'store-unavailable'] as const;
const CREATE = [...READ, 'conflict'] as const;
const CHANGE = [...CREATE, 'not-found', 'revision-moved', 'precondition-required'] as const;

/** How oneself can be reached, and in which order. */
@ApiTags('contacts')
@Controller('api/v1/account')
export class OwnContactsController {
  constructor(
    private readonly contacts: Contacts,
    private readonly messages: ContactMessages,
    private readonly outside: OutsideAddresses,
    private readonly clock: AppClock,
  ) {}

  @Get('contact-methods')
  @Requires('signed-in')
  @Endpoint({ summary: 'List the ways to reach you, with their order for each priority', answer: 'ContactList', problems: READ })
  list(@Context() context: RequestContext): Promise<ContactList> {
    return this.contacts.list(context.person.staffId, this.clock.wallMs());
  }

  @Post('contact-methods')
  @Requires('signed-in', 'contact.add')
  @Endpoint({
    summary: 'Add a way to reach you',
    description: 'Pages go there once you have confirmed it: send a test, then enter its code.',
    headers: CREATE_HEADERS,
    body: 'NewContact',
    answer: 'ContactView',
    status: 201,
    problems: CREATE,
  })
  async add(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactView> {
    const contact = parse(NewContact, body, 'body');
    const address = addressOf(contact, this.outside);
    const { staffId } = context.person;
    context.subject(`staff:${staffId}`);
    const change = changeOf(context, headers, this.clock, `${contact.channel} added`);
    const { channel, label = null } = contact;
    const { value, repeated } = await this.contacts.add({ staffId, channel, address, label, source: 'person' }, change);
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    return value;
  }

  @Patch('contact-methods/:contactId')
  @Requires('signed-in', 'contact.change')
  @Endpoint({
    summary: 'Give a way to reach you another name',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    body: 'ContactLabel',
    answer: 'ContactView',
    problems: CHANGE,
  })
  async relabel(
    @Context() context: RequestContext,
    @Param('contactId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactView> {
    const target = this.target(context, id);
    const { label } = parse(ContactLabel, body, 'body');
    const change = changeOf(context, headers, this.clock, `contact:${target.contactId}`);
    const { value, repeated } = await this.contacts.relabel(target, label, change, ifMatch(headers['if-match'], 'signal'));
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    return value;
  }

  @Delete('contact-methods/:contactId')
  @Requires('signed-in', 'contact.remove')
  @Endpoint({
    summary: 'Take a way to reach you away',
    description: 'One of the site’s file is changed there.',
    params: PARAMS,
    headers: CHANGE_HEADERS,
    answer: null,
    problems: CHANGE,
  })
  async remove(
    @Context() context: RequestContext,
    @Param('contactId') id: unknown,
    @Headers() headers: CommandHeaders,
  ): Promise<void> {
    const target = this.target(context, id);
    const change = changeOf(context, headers, this.clock, `contact:${target.contactId}`);
    const { repeated } = await this.contacts.remove(target, change, ifMatch(headers['if-match'], 'signal'));
    if (repeated) context.commandRepeated();
  }

  @Put('contact-order')
  @Requires('signed-in', 'contact.order')
  @Endpoint({
    summary: 'Say by which ways you are told of alarms of each priority, the first at once and the others in turn',
    description: 'What is high needs one way at least, where there is any.',
    headers: CREATE_HEADERS,
    body: 'ContactOrder',
    answer: 'ContactList',
    problems: CREATE,
  })
  async reorder(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<ContactList> {
    const order = parse(ContactOrder, body, 'body');
    const { staffId } = context.person;
    context.subject(`staff:${staffId}`);
    const { value, repeated } = await this.contacts.reorder(staffId, order, changeOf(context, headers, this.clock, 'order'));
    if (repeated) context.commandRepeated();
    return value;
  }

  @Post('contact-methods/:contactId/test')
  @Requires('signed-in', 'contact.test')
  @Endpoint({
    summary: 'Send yourself a code by this way, to confirm it',
    description:
      'Once a minute by each, and twenty times an hour in all. A demo sends only by the channels that are marked for it (`conflict`).',
    params: PARAMS,
    answer: null,
    problems: [...CREATE, 'not-found', 'too-many-attempts', 'pager-unavailable'],
  })
  async test(@Context() context: RequestContext, @Param('contactId') id: unknown): Promise<void> {
    await this.messages.test(this.target(context, id));
  }

  @Post('contact-methods/:contactId/confirm')
  @Requires('signed-in', 'contact.confirm')
  @Endpoint({
    summary: 'Confirm a way with the code that came by it: five tries, ten minutes',
    params: PARAMS,
    headers: CREATE_HEADERS,
    body: 'ContactConfirmation',
    answer: 'ContactView',
    problems: [...CREATE, 'not-found', 'wrong-code', 'ticket-expired'],
  })
  async confirm(
    @Context() context: RequestContext,
    @Param('contactId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<ContactView> {
    const target = this.target(context, id);
    const { code } = parse(ContactConfirmation, body, 'body');
    const change = changeOf(context, headers, this.clock, `contact:${target.contactId}`);
    return (await this.contacts.confirm(target, code, change)).value;
  }

  private target(context: RequestContext, id: unknown) {
    const { staffId } = context.person;
    const contactId = parse(ContactId, id, 'params.contactId');
    context.subject(`staff:${staffId}`, null, `contact:${contactId}`);
    return { staffId, contactId };
  }
}
