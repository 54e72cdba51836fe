import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { PlatformError } from '@vigil/domain';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';

/** Days are what counts; an hour makes the change come early on the day. Wall time. */
const LOOK_EVERY_MS = 3_600_000;
/** After an outage of the store or of the keys. Wall time. */
const RETRY_MS = 60_000;

/**
 * Moves stays to the rules of the next age group when the patient comes to it, and gives those of an unknown age theirs once the birth
 * date can be read. The store sees to it that each is told once, however many processes look.
 */
@Injectable()
export class AgeWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('patients');
  private cancel: () => void = () => undefined;
  private looking: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  onApplicationBootstrap(): void {
    void this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.cancel();
    await this.looking;
  }

  look(): Promise<void> {
    this.looking = this.run().then((waitMs) => {
      if (!this.isStopped) this.cancel = this.clock.after(waitMs, () => void this.look());
    });
    return this.looking;
  }

  private async run(): Promise<number> {
    try {
      const count = await this.directory.followAges({ nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() });
      if (count > 0) this.logger.log({ count }, 'stays have come to the rules of another age group');
      return LOOK_EVERY_MS;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.logger.warn({ code: error.code }, 'ages could not be looked at; trying again');
      return RETRY_MS;
    }
  }
}
