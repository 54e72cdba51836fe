import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ALARM_EXPORT_MAX, ALARM_EXPORT_MS_MAX, AlarmExportQuery, type AlarmView } from '@vigil/contracts';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { HeavyWork } from '../http/heavy-work.js';
import { InvalidRequest, parse } from '../http/invalid-request.js';
import { Alarms } from '../ports/alarms.js';
import { CareRelations } from '../ports/care-relations.js';
import { alarmCsv } from './alarm-csv.js';

const PAGE = 500;
/** Alarms that are read for one export: those that changed since its beginning, also when they began after its end. */
const READ_MAX = 4 * ALARM_EXPORT_MAX;
const DAY_MS = 86_400_000;

/** Alarms as a table to take along: who took it, which, and why, is in the audit trail. */
@ApiTags('alarms')
@Controller('api/v1/alarms')
export class AlarmExportController {
  constructor(
    private readonly alarms: Alarms,
    private readonly relations: CareRelations,
    private readonly heavy: HeavyWork,
  ) {}

  @Get('export')
  @Requires('alarm.export')
  @Endpoint({
    summary: 'Take out the alarms of a care unit that began in a time, as CSV',
    description: `RFC 4180, UTF-8, times in ISO 8601. \`from\` and \`to\` are event time, half-open, at most ${ALARM_EXPORT_MS_MAX / DAY_MS} days; of more than ${ALARM_EXPORT_MAX} alarms none is given, and a shorter time is asked for. No names of patients or staff. Text that a spreadsheet would run as a formula begins with an apostrophe.`,
    query: AlarmExportQuery,
    answer: 'other',
    media: ['text/csv'],
    problems: ['unauthenticated', 'forbidden', 'not-found', 'too-many-attempts', 'store-unavailable'],
  })
  async take(@Context() context: RequestContext, @Query() query: unknown): Promise<StreamableFile> {
    const { careUnit, from, to, reason } = parse(AlarmExportQuery, query, 'query');
    if (from >= to) throw new InvalidRequest([{ path: 'query.to', message: 'later than from' }]);
    if (to - from > ALARM_EXPORT_MS_MAX) {
      throw new InvalidRequest([{ path: 'query.to', message: `at most ${ALARM_EXPORT_MS_MAX / DAY_MS} days after from` }]);
    }
    const object = `careUnit:${careUnit}`;
    context.subject(object);
    context.requireScope('alarm.export', careUnit);
    const alarms = await this.heavy.run('alarm-export', context, () => this.begunIn({ careUnit, from, to }));
    const stays = [...new Set(alarms.flatMap((alarm) => alarm.encounterId ?? []))];
    const detail = `${alarms.length} alarms of ${from}..${to}, ${reason}`;
    context.subject(object, await this.relations.patientsOf(stays), detail);
    return new StreamableFile(Buffer.from(alarmCsv(alarms), 'utf8'), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="vigil-alarms.csv"',
    });
  }

  /** Oldest first. @throws InvalidRequest where there are more than may be taken out at once */
  private async begunIn({
    careUnit,
    from,
    to,
  }: Pick<AlarmExportQuery, 'careUnit' | 'from' | 'to'>): Promise<readonly AlarmView[]> {
    const found: AlarmView[] = [];
    let cursor: string | undefined;
    for (let read = 0; read < READ_MAX; read += PAGE) {
      const page = await this.alarms.list({ careUnitIds: [careUnit], sinceMs: from, limit: PAGE, cursor });
      found.push(...page.items.filter(({ onsetMs }) => onsetMs >= from && onsetMs < to));
      if (found.length > ALARM_EXPORT_MAX) break;
      const isPast = page.items.some(({ onsetMs }) => onsetMs < from);
      if (page.next === null || isPast) return found.reverse();
      cursor = page.next;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new InvalidRequest([{ path: 'query.from', message: `more than ${ALARM_EXPORT_MAX} alarms: choose a shorter time` }]);
  }
}
