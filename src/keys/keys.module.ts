import { type BeforeApplicationShutdown, Injectable, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import { AppClock } from '../ports/app-clock.js';
import { ObservationStore } from '../ports/observation-store.js';
import { Once } from '../ports/once.js';
import { RecordKeys } from '../ports/record-keys.js';
import { KeyMetrics } from './key-metrics.js';
import { KeyWorkLoop, LOOK_EVERY_MS } from './key-work.js';
import { KeysController } from './keys.controller.js';

/** A look may take a while where much is sealed anew; after three that did not end somebody should look. */
const STALE_MS = 30 * LOOK_EVERY_MS;

/** Starts the work with the app and ends it before the stores close. */
@Injectable()
class KeysService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly loop: KeyWorkLoop) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}

const KEY_WORK = [
  KeysService,
  {
    provide: KeyWorkLoop,
    inject: [RecordKeys, ObservationStore, AppClock, Metrics, Readiness, Once],
    useFactory: (
      keys: RecordKeys,
      observations: ObservationStore,
      clock: AppClock,
      metrics: Metrics,
      readiness: Readiness,
      once: Once,
    ) => {
      const logger = new Logger('keys');
      return new KeyWorkLoop({
        keys,
        observations,
        once,
        clock,
        metrics: new KeyMetrics(metrics),
        readiness: readiness.expect('keys', { staleMs: STALE_MS, degradesOnly: true }),
        log: { warn: (facts, message) => logger.warn(facts, message) },
      });
    },
  },
];

/** Keys of sealed records: how they stand, their rotation, and the erasure of a patient. */
@Module({ controllers: [KeysController], providers: KEY_WORK })
export class KeysModule {}

/** The same work in a process without an API. */
@Module({ providers: KEY_WORK })
export class KeyWorkModule {}
