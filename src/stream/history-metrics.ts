import { Counter, Gauge, type Registry } from 'prom-client';
import { REFUSED_REASONS, type RefusedReason } from '../ports/history-health.js';

/** How storing history goes. Labels are reasons of a closed list. */
export class HistoryMetrics {
  private readonly held: Gauge;
  private readonly refused: Counter<'reason'>;
  private readonly counted = new Map<RefusedReason, number>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.held = new Gauge({
      name: 'vigil_history_held_seconds',
      help: 'For how long readings have waited to be stored, because a write goes on or the store has trouble; 0: none waits',
      registers,
    });
    this.refused = new Counter({
      name: 'vigil_history_refused_total',
      help: 'Readings that the store of history did not take, by reason',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of REFUSED_REASONS) this.refused.inc({ reason }, 0);
  }

  heldFor(ms: number): void {
    this.held.set(ms / 1_000);
  }

  /** @param all since the process began */
  refusedSoFar(all: ReadonlyMap<RefusedReason, number>): void {
    for (const [reason, count] of all) {
      this.refused.inc({ reason }, count - (this.counted.get(reason) ?? 0));
      this.counted.set(reason, count);
    }
  }
}
