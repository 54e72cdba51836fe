import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EpochMs, type OwnSession, type Page, SessionRef } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Context, Requires } from './access.decorators.js';
import { RequestContext } from './request-context.js';
import { Sessions } from './sessions.js';

const PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** Where else the person who asks is signed in. */
@ApiTags('session')
@Controller('api/v1/sessions')
export class OwnSessionsController {
  constructor(private readonly sessions: Sessions) {}

  @Get()
  @Requires('signed-in')
  @Endpoint({ summary: 'List your sessions, newest first', answer: 'OwnSessionList', problems: PROBLEMS })
  async list(@Context() context: RequestContext): Promise<Page<OwnSession>> {
    const mine = await this.sessions.listOf(context.person.staffId);
    const now = context.caller.tokenHash === null ? null : await this.sessions.current(context.caller.tokenHash);
    const items = mine.map((session) => ({
      sessionRef: session.sessionRef,
      startedMs: EpochMs.parse(session.startedMs),
      lastUsedMs: EpochMs.parse(session.usedMs),
      expiresAtMs: EpochMs.parse(session.expiresAtMs),
      methods: [...session.methods],
      ip: session.ip,
      current: session.sessionRef === now?.sessionRef,
    }));
    return { items, next: null };
  }

  @Delete()
  @Requires('signed-in', 'session.end-others')
  @Endpoint({ summary: 'End all your sessions but this one', answer: null, problems: PROBLEMS })
  async endOthers(@Context() context: RequestContext): Promise<void> {
    const { staffId } = context.person;
    const ended = await this.sessions.endAllOf(staffId, context.caller.tokenHash);
    context.subject(`staff:${staffId}`, null, `${ended} sessions`);
  }

  @Delete(':sessionRef')
  @Requires('signed-in', 'session.end')
  @Endpoint({
    summary: 'End one of your sessions',
    params: { sessionRef: SessionRef },
    answer: null,
    problems: [...PROBLEMS, 'not-found'],
  })
  async end(@Context() context: RequestContext, @Param('sessionRef') ref: unknown): Promise<void> {
    const sessionRef = parse(SessionRef, ref, 'params');
    const { staffId } = context.person;
    context.subject(`staff:${staffId}`, null, `session ${sessionRef}`);
    if (!(await this.sessions.endByRef(staffId, sessionRef))) throw new PlatformError('not-found');
  }
}
