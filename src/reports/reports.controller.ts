import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AlarmLoad, AlarmLoadQuery, LOAD_DAYS_MAX, LOAD_MS_MAX } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { InvalidRequest, parse, TooManyAttempts } from '../http/invalid-request.js';
import { Reports } from '../ports/reports.js';
import { alarmLoad } from './alarm-load.js';
import { loadCsv } from './csv.js';

/** Reports that are made at the same time: each reads as fast as it may. */
const AT_ONCE_MAX = 2;
const AGAIN_MS = 5_000;

/** Counts of alarms and of answers: nothing of a patient, nothing of single members of staff. */
@ApiTags('reports')
@Controller('api/v1/reports')
export class ReportsController {
  private running = 0;

  constructor(private readonly reports: Reports) {}

  @Get('alarm-load')
  @Requires('report.read')
  @Endpoint({
    summary: 'Count the alarms of a care unit, what they were worth, and how they were answered',
    description: `\`from\` and \`to\` are event time, half-open, at most ${LOAD_DAYS_MAX} days; days are UTC; waiting times are wall time. Alarms count where they began. With \`format=csv\`, the same as one table.`,
    query: AlarmLoadQuery,
    answer: 'AlarmLoad',
    media: ['text/csv'],
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async load(@Context() context: RequestContext, @Query() query: unknown): Promise<AlarmLoad | StreamableFile> {
    const { careUnit: careUnitId, from: fromMs, to: toMs, format, origin } = parse(AlarmLoadQuery, query, 'query');
    if (fromMs >= toMs) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    if (toMs - fromMs > LOAD_MS_MAX) {
      throw new InvalidRequest([{ path: 'query.to', message: `at most ${LOAD_DAYS_MAX} days after from` }]);
    }
    context.subject(`careUnit:${careUnitId}`, null, `alarm load ${fromMs}..${toMs}`);
    context.requireScope('report.read', careUnitId);
    const bedIds = await this.reports.bedsOf(careUnitId);
    if (bedIds === null) throw new PlatformError('not-found', { ids: [`careUnit:${careUnitId}`] });
    const load = await this.oneOfFew(() => alarmLoad(this.reports, { careUnitId, fromMs, toMs, origin }, bedIds));
    if (format === 'json') return load;
    return new StreamableFile(Buffer.from(loadCsv(load), 'utf8'), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="vigil-alarm-load.csv"',
    });
  }

  private async oneOfFew<T>(make: () => Promise<T>): Promise<T> {
    if (this.running >= AT_ONCE_MAX) throw new TooManyAttempts(AGAIN_MS);
    this.running += 1;
    try {
      return await make();
    } finally {
      this.running -= 1;
    }
  }
}
