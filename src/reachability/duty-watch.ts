import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Metrics } from '../health/metrics.js';
import { AppClock } from '../ports/app-clock.js';
import { DutyChecks, type DutyTest } from '../ports/duty-checks.js';
import { Log } from '../ports/log.js';
import { AlwaysMine, Once } from '../ports/once.js';
import { Pagers } from '../ports/pager.js';
import { ReachabilityMetrics } from './reachability-metrics.js';

/** Wall time between two looks. */
export const DUTY_LOOK_EVERY_MS = 30_000;
const CONCURRENT_MAX = 4;

/**
 * Looks twice a minute whether those who have a duty, or will have one within half an hour, can be reached, and tries the ways of which
 * nobody knows of late whether they work: once for each duty, silently where the channel can, and never by voice.
 */
@Injectable()
export class DutyWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private cancel: Cancel | null = null;
  private running: Promise<void> | null = null;
  private sending: Promise<void> = Promise.resolve();
  private isStopping = false;
  private readonly metrics: ReachabilityMetrics;

  constructor(
    private readonly checks: DutyChecks,
    private readonly pagers: Pagers,
    private readonly clock: AppClock,
    private readonly log: Log,
    metrics: Metrics,
    private readonly once: Once = new AlwaysMine(),
  ) {
    this.metrics = new ReachabilityMetrics(metrics.registry);
  }

  onApplicationBootstrap(): void {
    this.cancel = this.clock.every(DUTY_LOOK_EVERY_MS, () => this.start());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.cancel?.();
    this.isStopping = true;
    await this.running;
    await this.sending;
  }

  /** One look with its tests. @throws PlatformError('store-unavailable') */
  async look(): Promise<void> {
    await this.sendAll(await this.lookOnce());
  }

  private async lookOnce(): Promise<readonly DutyTest[]> {
    const round = await this.checks.look(this.clock.wallMs());
    this.metrics.round(round);
    return round.tests;
  }

  private async sendAll(tests: readonly DutyTest[]): Promise<void> {
    for (let at = 0; at < tests.length && !this.isStopping; at += CONCURRENT_MAX) {
      await Promise.all(tests.slice(at, at + CONCURRENT_MAX).map((test) => this.send(test)));
    }
  }

  /** What became of it is noted by the pager itself. */
  private async send({ contactId, staffId, staffName, channel, address }: DutyTest): Promise<void> {
    const pager = this.pagers.all().find((each) => each.channel === channel);
    if (pager === undefined) return;
    const pageId = `duty-${randomUUID()}`;
    const text = 'TEST Vigil: your duty begins soon and you can be reached here. There is nothing to do.';
    try {
      await pager.send({
        ...{ pageId, alarmId: null, staffId, staffName, channel, address, contactId, idempotencyKey: pageId },
        ...{ subject: text, text, attempts: 1, kind: 'test', priority: 'low', covers: [] },
      });
      this.metrics.test(channel, 'sent');
    } catch (error) {
      this.metrics.test(channel, 'failed');
      this.log.warn('a test before a duty did not go out', { channel, code: codeOf(error) });
    }
  }

  /** The next look never waits for the tests of this one: a provider that is silent must not keep a trouble from being told. */
  private start(): void {
    if (!this.once.isMine('duty-watch')) return;
    this.running ??= this.lookOnce()
      .then((tests) => {
        this.sending = this.sending.then(() => this.sendAll(tests));
      })
      .catch((error: unknown) => {
        this.log.warn('whether people can be reached was not looked up; the next look follows', { code: codeOf(error) });
      })
      .finally(() => (this.running = null));
  }
}

const codeOf = (error: unknown): string => (error instanceof PlatformError ? error.code : 'fault');
