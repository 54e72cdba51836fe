import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ChainState } from '@vigil/audit-chain';
import type { AuditChainView, EpochMs } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Readiness } from '../health/readiness.js';
import { SiteProcesses } from '../health/site-processes.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditAnchors } from '../ports/audit-anchor.js';
import { AuditLog } from '../ports/audit-log.js';
import { AuditSpool } from './audit-spool.js';

/** What the keeper says when it looked and found the log changed; everything else passes by itself. */
const BROKEN = /^(entry \d+ |the log ends|the checkpoints of|the state of|the newest checkpoint)/;

/** How the log of all looks is, for the head of the officer's screen. */
@ApiTags('audit')
@Controller('api/v1/audit/chain')
export class AuditChainController {
  constructor(
    private readonly log: AuditLog,
    private readonly spool: AuditSpool,
    private readonly anchors: AuditAnchors,
    private readonly readiness: Readiness,
    private readonly processes: SiteProcesses,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('audit.verify')
  @Endpoint({
    summary: 'Show whether the audit log is whole, signed, anchored and up to date',
    answer: 'AuditChainView',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async chain(@Context() context: RequestContext): Promise<AuditChainView> {
    context.subject('audit', null, 'state of the log');
    const wallMs = Math.round(this.clock.wallMs());
    const entries = ChainState.restore(await this.log.state()).size;
    const last = await this.log.lastCheckpoint();
    const oldestMs = this.spool.waiting > 0 ? this.spool.oldestWallMs : null;
    const problem = this.problemOf('audit-log');
    return {
      atMs: wallMs as EpochMs,
      entries,
      checkpoint:
        last === null
          ? null
          : { size: last.size, atMs: Math.round(last.atWallMs) as EpochMs, ageMs: Math.max(0, wallMs - last.atWallMs) },
      unsigned: Math.max(0, entries - (last?.size ?? 0)),
      waiting: this.spool.waiting,
      lost: this.spool.lost,
      lagMs: oldestMs === null ? null : Math.max(0, wallMs - oldestMs),
      problem,
      broken: problem !== null && BROKEN.test(problem),
      anchorProblem: this.problemOf('audit-anchors'),
      anchors: this.anchors.all().map(({ name }) => name),
    };
  }

  private problemOf(part: string): string | null {
    const found = this.readiness.report().parts.find(({ name }) => name === part);
    if (found !== undefined) return found.ready ? null : found.reason;
    // Another process of the site has that part.
    const elsewhere = this.processes.others().flatMap(({ word }) => word.parts);
    return elsewhere.find(({ name }) => name === part)?.reason ?? null;
  }
}
