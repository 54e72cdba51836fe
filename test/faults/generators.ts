import { join } from 'node:path';
import type { BedId } from '@vigil/contracts';
import { type Load, startLoad } from '@vigil/simulator';
import type { Stack } from '../support/stack.js';
import { until } from '../support/until.js';
import { NUMERIC_METRICS, SentReadings } from './check-history.js';
import { SquareWave } from '../support/square-wave.js';

const LOAD_BEDS = 8;
/** Wall time of each half of a wave; long enough for both heart rate limits (10 s of event time) and both page steps. */
const HALVES_MS = [3_000, 5_000, 8_000] as const;
export const BEDS = LOAD_BEDS + HALVES_MS.length + 1;
/** A bed whose heart rate comes from a wave. */
export const WAVE_BED = `icu-${LOAD_BEDS + 1}`;
/** Its heart rate rises in the middle of the kills and stays up. */
export const STANDING_BED = `icu-${BEDS}`;
const FIRST_EDGE_MS = 1_000;
const STANDING_EDGE_MS = 10_000;

/** All that sends in the ward: eight monitors with every metric for volume, four whose heart rate runs into alarms. */
export class Generators {
  private readonly ledgerFile: string;
  private readonly load: Load;
  private readonly waves: readonly SquareWave[];
  private isLoading = true;
  private acknowledged = Promise.withResolvers<void>();

  constructor(stack: Stack, messagesPerSecond: number) {
    const { mqttUrl } = stack;
    const clock = stack.clock();
    const devices = stack.devices();
    this.ledgerFile = join(stack.dataDir, 'ledger');
    const { ledgerFile } = this;
    this.load = startLoad({
      ...{ mqttUrl, messagesPerSecond, ledgerFile, clock },
      devices: devices.slice(0, LOAD_BEDS),
      metrics: NUMERIC_METRICS,
      onPuback: () => {
        this.acknowledged.resolve();
        this.acknowledged = Promise.withResolvers();
      },
    });
    this.waves = [...HALVES_MS, null].map((halfMs, i) => {
      const firstAfterMs = halfMs === null ? STANDING_EDGE_MS : FIRST_EDGE_MS;
      return new SquareWave({ mqttUrl, device: devices[LOAD_BEDS + i]!, clock, halfMs, firstAfterMs });
    });
  }

  ready(): Promise<void> {
    return this.load.ready;
  }

  /** Resolves in the moment in which the next message is acknowledged: whoever told so too early is caught by a kill now. */
  nextPuback(): Promise<void> {
    return this.acknowledged.promise;
  }

  /** Makes no more readings and waits until all that were made are acknowledged; answers how many of the load were not. */
  async drain(limitMs: number): Promise<number> {
    for (const wave of this.waves) wave.quiesce();
    this.isLoading = false;
    const { published, acked } = await this.load.stop(limitMs);
    await until('every wave is acknowledged', () => this.waves.every((wave) => wave.unacked === 0), limitMs);
    return published - acked;
  }

  /** Ends every connection, whatever is still unacknowledged. */
  async close(): Promise<void> {
    if (this.isLoading) await this.load.stop(0);
    for (const wave of this.waves) await wave.close();
  }

  /** What was sent, after `drain`. */
  sent(): SentReadings {
    const sent = new SentReadings((deviceId) => deviceId.replace(/^sim-/, '') as BedId);
    sent.addLedger(this.ledgerFile);
    for (const wave of this.waves) sent.addWave(wave);
    return sent;
  }
}
