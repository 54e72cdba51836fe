import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StaffId, type TestPage } from '@vigil/contracts';
import { may, PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Context, Requires } from '../access/access.decorators.js';
import { OutOfScope, RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { Contacts } from '../ports/contacts.js';
import { TestPages } from '../ports/test-pages.js';
import { TestPageSender } from './test-page-sender.js';

const TestId = z.uuid();
const READ = ['unauthenticated', 'forbidden', 'not-found', 'keys-unavailable', 'store-unavailable'] as const;

/** Pages that concern nobody, to see before it matters whether a person is told. */
@ApiTags('contacts')
@Controller('api/v1/staff/:staffId/test-pages')
export class TestPagesController {
  constructor(
    private readonly contacts: Contacts,
    private readonly sender: TestPageSender,
    private readonly testPages: TestPages,
    private readonly clock: AppClock,
  ) {}

  @Post()
  @Requires('contact.read', 'contact.test')
  @Endpoint({
    summary: 'Send a test page to yourself, or to somebody with a duty in one of your care units',
    description:
      'By every way by which an alarm of high priority would be told, all at once; it begins with TEST. Once a minute to one person, and twenty times an hour by one.',
    params: { staffId: StaffId },
    answer: 'TestPage',
    status: 201,
    problems: [...READ, 'conflict', 'too-many-attempts'],
  })
  async send(@Context() context: RequestContext, @Param('staffId') id: unknown): Promise<TestPage> {
    return this.sender.send(await this.inScope(context, id), context.person.staffId);
  }

  @Get(':testId')
  @Requires('contact.read')
  @Endpoint({
    summary: 'Show how far each message of a test page is known to have come',
    params: { staffId: StaffId, testId: TestId },
    answer: 'TestPage',
    problems: READ,
  })
  async show(
    @Context() context: RequestContext,
    @Param() params: { readonly staffId: unknown; readonly testId: unknown },
  ): Promise<TestPage> {
    const staffId = await this.inScope(context, params.staffId);
    const test = await this.testPages.get(staffId, parse(TestId, params.testId, 'params.testId'));
    if (test === null) throw new PlatformError('not-found');
    return test;
  }

  /** @throws OutOfScope equally for nobody and for somebody of another care unit */
  private async inScope(context: RequestContext, id: unknown): Promise<StaffId> {
    const staffId = parse(StaffId, id, 'params.staffId');
    context.subject(`staff:${staffId}`);
    if (staffId === context.person.staffId) return staffId;
    const careUnitIds = await this.contacts.careUnitsOf(staffId, this.clock.wallMs());
    const decision = may(context.caller, 'contact.read', { careUnitIds });
    if (!decision.allowed) throw new OutOfScope(decision.reason);
    return staffId;
  }
}
