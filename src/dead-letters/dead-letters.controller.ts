import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DeadLetterId, type DeadLetterRow, type Page } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { AppClock } from '../ports/app-clock.js';
import { DeadLetters } from '../ports/dead-letters.js';
import { CannotRerun, rerunDeadLetter } from './rerun.js';

/** What of the log does not count, and the way back. The content itself is shown to nobody over the network. */
@ApiTags('dead letters')
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('dead-letter.read')
  @Endpoint({
    summary: 'List what was on the log and does not count, newest first, with its place and why',
    query: Paging,
    answer: 'DeadLetterRowList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<DeadLetterRow>> {
    context.subject('dead-letters');
    return this.letters.list(parse(Paging, query, 'query'));
  }

  @Post(':deadLetterId/rerun')
  @Requires('dead-letter.rerun')
  @Endpoint({
    summary: 'Have the log read a dead letter again',
    description:
      'After an update that knows it, or that mends what failed in it. It goes to the end of the log under its own id; once per ' +
      'letter, 409 after that. 400 says why it can not be: no event of this version still, or a setting that is too old.',
    params: { deadLetterId: DeadLetterId },
    answer: null,
    problems: [
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'store-unavailable',
      'keys-unavailable',
      'record-tampered',
    ],
  })
  async rerun(@Context() context: RequestContext, @Param('deadLetterId') id: unknown): Promise<void> {
    const deadLetterId = parse(DeadLetterId, id, 'params.deadLetterId');
    context.subject(`dead-letter:${deadLetterId}`);
    const who = { audit: context.commandEntry(), nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    try {
      await rerunDeadLetter(this.letters, deadLetterId, { who, rate: this.clock.rate });
    } catch (error) {
      if (!(error instanceof CannotRerun)) throw error;
      throw new InvalidRequest([{ path: 'params.deadLetterId', message: error.message }]);
    }
  }
}
