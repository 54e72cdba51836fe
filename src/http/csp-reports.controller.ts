import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CspReports } from '@vigil/contracts';
import { Context, Public } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Metrics } from '../health/metrics.js';
import { AppClock } from '../ports/app-clock.js';
import { Endpoint } from './endpoint.decorator.js';
import { parse, TooManyAttempts } from './invalid-request.js';
import { networkOf } from './request-limits.js';
import { CSP_REPORTS_PATH } from './security-headers.js';
import { TokenBuckets } from './token-buckets.js';

/** A page that breaks the policy reports each breach once per load; more than this comes from no page of ours. */
const REPORTS = { capacity: 60, refillPerS: 1, keysMax: 1_000 };

/** Directives of `contentPolicy`; a report that names another one is counted as `other`, so that labels stay few. */
const DIRECTIVES: ReadonlySet<string> = new Set([
  'default-src',
  'script-src',
  'script-src-elem',
  'script-src-attr',
  'style-src',
  'style-src-elem',
  'style-src-attr',
  'img-src',
  'font-src',
  'connect-src',
  'base-uri',
  'form-action',
  'frame-ancestors',
  'require-trusted-types-for',
  'trusted-types',
]);

/** Browsers tell of what the content policy stopped. Only the directive is counted: a report may hold URLs and text. */
@ApiTags('health')
@Controller(CSP_REPORTS_PATH)
export class CspReportsController {
  private readonly buckets = new TokenBuckets(REPORTS);

  constructor(
    private readonly metrics: Metrics,
    private readonly clock: AppClock,
  ) {}

  @Post()
  @Public('browsers send these by themselves, without credentials')
  @Endpoint({
    summary: 'Take reports of the content policy; only the directive is counted',
    description: 'As `application/csp-report`, `application/reports+json` or `application/json`.',
    body: 'CspReports',
    bodyMedia: ['application/csp-report', 'application/reports+json', 'application/json'],
    answer: null,
    problems: ['too-many-attempts', 'forbidden'],
  })
  take(@Context() context: RequestContext, @Body() body: unknown): void {
    const waitMs = this.buckets.take(networkOf(context.ip), this.clock.wallMs());
    if (waitMs > 0) throw new TooManyAttempts(waitMs);
    for (const directive of directivesOf(parse(CspReports, body, 'body'))) {
      this.metrics.cspReport(DIRECTIVES.has(directive) ? directive : 'other');
    }
  }
}

function directivesOf(reports: CspReports): readonly string[] {
  if (Array.isArray(reports))
    return reports.flatMap(({ type, body }) => (type === 'csp-violation' ? [body.effectiveDirective] : []));
  const { 'effective-directive': effective, 'violated-directive': violated } = reports['csp-report'];
  return [effective ?? violated?.split(' ', 1)[0] ?? 'other'];
}
