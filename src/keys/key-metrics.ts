import { Gauge } from 'prom-client';
import type { Metrics } from '../health/metrics.js';
import type { KeyWork } from '../ports/record-keys.js';

/** Whether the key service answers, and what waits for a key. No label holds a key or a patient. */
export class KeyMetrics {
  private readonly away: Gauge;
  private readonly left: Gauge<'work'>;
  private readonly refused: Gauge;

  constructor({ registry }: Pick<Metrics, 'registry'>) {
    const registers = [registry];
    this.away = new Gauge({
      name: 'vigil_key_service_away',
      help: '1 while the key service does not answer or refuses; keys in memory go on',
      registers,
    });
    this.left = new Gauge({
      name: 'vigil_keys_left',
      help: 'What waits: data keys to wrap anew, rows to seal anew, erased patients whose keys are to be destroyed, or whose measurements history still has',
      labelNames: ['work'],
      registers,
    });
    this.refused = new Gauge({
      name: 'vigil_records_refused',
      help: 'Reads of rows since the start that were refused as tampered with',
      registers,
    });
  }

  worked({ away, left, refused }: KeyWork): void {
    this.away.set(away === null ? 0 : 1);
    this.left.set({ work: 'rewrap' }, left.toRewrap);
    this.left.set({ work: 'reseal' }, left.toReseal);
    this.left.set({ work: 'erase' }, left.toErase);
    this.left.set({ work: 'erase-history' }, left.toEraseHistory);
    this.refused.set(refused);
  }
}
