import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { SelfTest } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { SelfTests } from './self-tests.js';

const PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** Whether an alarm would come through, asked for by whoever wants to know it now. */
@ApiTags('status')
@Controller('api/v1/self-tests')
export class SelfTestsController {
  constructor(private readonly tests: SelfTests) {}

  @Post()
  @HttpCode(202)
  @Requires('self-test.run')
  @Endpoint({
    summary: 'Send a test alarm from every gateway, the whole way until its page is sent',
    description:
      'Of no patient; it tells nobody and shows on no screen. While one runs, that one is answered; ten seconds after one there may be another.',
    status: 202,
    answer: 'SelfTest',
    problems: [...PROBLEMS, 'too-many-attempts'],
  })
  async start(@Context() context: RequestContext): Promise<SelfTest> {
    const test = await this.tests.start(context.person.staffId);
    context.subject(`self-test:${test.testId}`);
    return test;
  }

  @Get('newest')
  @Requires('status.read')
  @Endpoint({
    summary: 'How far the newest self-test has come',
    answer: 'SelfTest',
    problems: [...PROBLEMS, 'not-found'],
  })
  async newest(): Promise<SelfTest> {
    const test = await this.tests.newest();
    if (test === null) throw new PlatformError('not-found');
    return test;
  }
}
