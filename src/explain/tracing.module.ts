import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import type { AlarmId } from '@vigil/contracts';
import { PlatformError, traceIds } from '@vigil/domain';
import { Metrics } from '../health/metrics.js';
import { AlarmFeed } from '../ports/alarm-state.js';
import { AlarmRecords } from '../ports/alarm-records.js';
import { AppClock } from '../ports/app-clock.js';
import { SiteSecrets } from '../ports/site-secrets.js';
import { TraceSink } from '../ports/trace-sink.js';
import { TraceExporter } from './trace-exporter.js';
import { TraceMetrics } from './trace-metrics.js';

/** What the names of traces are made with. */
export const TRACE_SECRET = 'trace';
const TURN_EVERY_MS = 2_000;

/** Sends the traces of alarms as long as the process lives. No alarm and no page waits for it. */
@Injectable()
class Tracing implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private exporter: TraceExporter | null = null;
  private readonly metrics: TraceMetrics;
  private cancel: Cancel = () => undefined;
  private unsubscribe: () => void = () => undefined;
  private turning: Promise<void> | null = null;

  constructor(
    private readonly feed: AlarmFeed,
    private readonly records: AlarmRecords,
    private readonly secrets: SiteSecrets,
    private readonly clock: AppClock,
    @Inject(TraceSink) private readonly sink: TraceSink,
    { registry }: Metrics,
  ) {
    this.metrics = new TraceMetrics(registry);
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.feed.subscribeHere((changes) => this.changed(changes.map(({ alarmId }) => alarmId as AlarmId)));
    this.cancel = this.clock.every(TURN_EVERY_MS, () => {
      this.turning ??= this.turn().finally(() => (this.turning = null));
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe();
    this.cancel();
    await this.turning;
  }

  /** Runs after each commit of alarms: it notes ids and does nothing else. */
  private changed(alarmIds: readonly AlarmId[]): void {
    if (this.exporter !== null) this.exporter.changed(alarmIds);
  }

  private async turn(): Promise<void> {
    try {
      this.exporter ??= await this.open();
      await this.exporter.turn();
      this.metrics.wait(this.exporter.size);
    } catch (error) {
      // The keys or the store are away: the next turn asks again.
      if (!(error instanceof PlatformError)) throw error;
    }
  }

  private async open(): Promise<TraceExporter> {
    const ids = traceIds(await this.secrets.secret(TRACE_SECRET));
    return new TraceExporter({ records: this.records, sink: this.sink, ids, clock: this.clock, report: this.metrics });
  }
}

/** Traces of alarms, from the device to the page. */
@Module({})
export class TracingModule {
  static to(sink: TraceSink): DynamicModule {
    return { module: TracingModule, providers: [{ provide: TraceSink, useValue: sink }, Tracing] };
  }
}
