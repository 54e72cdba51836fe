import { Body, Controller, Delete, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ContactId, NewContact, type ReachabilityView, StaffId } from '@vigil/contracts';
import { type Action, may, PlatformError } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { OutOfScope, RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Contacts } from '../ports/contacts.js';
import { OutsideAddresses } from '../ports/outside-addresses.js';
import { ServerConfig } from '../server-config.js';
import { addressOf } from './address-of.js';
import { ContactMessages } from './contact-messages.js';

const READ = ['unauthenticated', 'forbidden', 'not-found', 'keys-unavailable', 'store-unavailable'] as const;
const ADDED = 'a way to reach you was added by whoever is in charge of your unit';
const REMOVED = 'a way to reach you was taken away by whoever is in charge of your unit';

/** How others can be reached: whether, never at which address. */
@ApiTags('contacts')
@Controller('api/v1/staff/:staffId')
export class StaffContactsController {
  constructor(
    private readonly contacts: Contacts,
    private readonly messages: ContactMessages,
    private readonly outside: OutsideAddresses,
    private readonly clock: AppClock,
    private readonly config: ServerConfig,
  ) {}

  @Get('reachability')
  @Requires('contact.read')
  @Endpoint({
    summary: 'Show whether somebody can be reached, and by which channels',
    description: 'Of those who have a duty in one of your care units, now or within a day.',
    params: { staffId: StaffId },
    answer: 'Reachability',
    problems: READ,
  })
  async show(@Context() context: RequestContext, @Param('staffId') id: unknown): Promise<ReachabilityView> {
    return this.find(context, id, 'contact.read');
  }

  @Post('contact-methods')
  @Requires('contact.manage')
  @Endpoint({
    summary: 'Add a way to reach somebody',
    description: 'Pages go there once that person has confirmed it. They are told by their other ways.',
    params: { staffId: StaffId },
    headers: CREATE_HEADERS,
    body: 'NewContact',
    answer: 'Reachability',
    status: 201,
    problems: [...READ, 'conflict'],
  })
  async add(
    @Context() context: RequestContext,
    @Param('staffId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
  ): Promise<ReachabilityView> {
    const { staffId } = await this.find(context, id, 'contact.manage');
    const contact = parse(NewContact, body, 'body');
    const { channel, label = null } = contact;
    const address = addressOf(contact, this.outside);
    const change = changeOf(context, headers, this.clock, `${channel} added`);
    const { value, repeated } = await this.contacts.add({ staffId, channel, address, label, source: 'person' }, change);
    if (repeated) context.commandRepeated();
    else await this.messages.changed(staffId, staffId, ADDED, value.contactId);
    return this.view(staffId);
  }

  @Delete('contact-methods/:contactId')
  @Requires('contact.manage')
  @Endpoint({
    summary: 'Take a way to reach somebody away; they are told by the others',
    params: { staffId: StaffId, contactId: ContactId },
    headers: CHANGE_HEADERS,
    answer: null,
    problems: [...READ, 'conflict', 'revision-moved', 'precondition-required'],
  })
  async remove(
    @Context() context: RequestContext,
    @Param() params: { readonly staffId: unknown; readonly contactId: unknown },
    @Headers() headers: CommandHeaders,
  ): Promise<void> {
    const { staffId } = await this.find(context, params.staffId, 'contact.manage');
    const contactId = parse(ContactId, params.contactId, 'params.contactId');
    const change = changeOf(context, headers, this.clock, `contact:${contactId}`);
    const { repeated } = await this.contacts.remove({ staffId, contactId }, change, ifMatch(headers['if-match'], 'signal'));
    if (repeated) context.commandRepeated();
    else await this.messages.changed(staffId, staffId, REMOVED, contactId);
  }

  /** @throws PlatformError('not-found') equally for nobody and for somebody of another care unit */
  private async find(context: RequestContext, id: unknown, action: Action): Promise<ReachabilityView> {
    const staffId = parse(StaffId, id, 'params.staffId');
    context.subject(`staff:${staffId}`);
    const careUnitIds = await this.contacts.careUnitsOf(staffId, this.clock.wallMs());
    const decision = may(context.caller, action, { careUnitIds });
    if (!decision.allowed) throw new OutOfScope(decision.reason);
    return this.view(staffId);
  }

  private async view(staffId: StaffId): Promise<ReachabilityView> {
    const origin = this.config.demo ? 'simulated' : 'live';
    const view = await this.contacts.reachability(staffId, origin, this.clock.wallMs());
    if (view === null) throw new PlatformError('not-found');
    return view;
  }
}
