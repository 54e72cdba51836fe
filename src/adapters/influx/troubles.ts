import type { InfluxTrouble } from './influx-error.js';

/**
 * What is wrong with the server, of all that is asked of it. What kept a reading from being stored stands until one is stored: a full
 * disk answers every question, and a chart that somebody opens would otherwise say each time that all is well.
 */
export class Troubles {
  private writing: InfluxTrouble | null = null;
  private other: InfluxTrouble | null = null;
  private told: InfluxTrouble | null = null;

  /** @param tell called when what is wrong changes; null: nothing. Must not throw. */
  constructor(private readonly tell: (trouble: InfluxTrouble | null) => void) {}

  worked(kind: 'write' | 'other'): void {
    if (kind === 'write') this.writing = null;
    this.other = null;
    this.say();
  }

  failed(kind: 'write' | 'other', trouble: InfluxTrouble): void {
    if (kind === 'write') this.writing = trouble;
    else this.other = trouble;
    this.say();
  }

  private say(): void {
    const now = this.writing ?? this.other;
    if (now === this.told) return;
    this.told = now;
    this.tell(now);
  }
}
