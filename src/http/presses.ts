import { Injectable } from '@nestjs/common';
import type { CommandId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Counter } from 'prom-client';
import type { RequestContext } from '../access/request-context.js';
import { Metrics } from '../health/metrics.js';
import { AppClock } from '../ports/app-clock.js';
import { type PressKind, PressRate, type PressRefusal } from './press-rate.js';

/** Nobody presses like this: 429, with Retry-After. Nothing was done. */
export class ImpossibleRate extends PlatformError {
  constructor(
    readonly retryAfterMs: number,
    readonly why: PressRefusal,
  ) {
    super('impossible-rate', { waitedMs: retryAfterMs }, true);
  }
}

/** Refuses what no person can have pressed, of each session and of each station by itself. In the memory of this process (ADR 0071). */
@Injectable()
export class Presses {
  private readonly rate = new PressRate();
  private readonly refused: Counter<'kind' | 'why'>;

  constructor(
    private readonly clock: AppClock,
    { registry }: Metrics,
  ) {
    this.refused = new Counter({
      name: 'vigil_impossible_presses_total',
      help: 'Commands about alarms that were refused because no person presses like that',
      labelNames: ['kind', 'why'],
      registers: [registry],
    });
  }

  /** To be asked once access was decided and before anything is done. @throws ImpossibleRate */
  require(
    { caller }: RequestContext,
    press: { readonly kind: PressKind; readonly subject: string; readonly commandId: CommandId },
  ): void {
    const keys = [`session:${caller.tokenHash ?? caller.name}`];
    if ((caller.stationId ?? null) !== null) keys.push(`station:${caller.stationId}`);
    const verdict = this.rate.press(keys, { ...press, wallMs: this.clock.wallMs() });
    if (verdict === null) return;
    this.refused.inc({ kind: press.kind, why: verdict.why });
    throw new ImpossibleRate(verdict.retryAfterMs, verdict.why);
  }
}
