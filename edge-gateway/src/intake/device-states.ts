import { rename, readFile, writeFile } from 'node:fs/promises';
import { Origin } from '@vigil/contracts';
import { z } from 'zod';
import { NO_SKEW, type SkewState } from './skew.js';

const Saved = z.object({
  v: z.literal(1),
  devices: z.record(
    z.string(),
    z.object({
      origin: Origin,
      skew: z.object({
        previousMs: z.number().nullable(),
        currentMs: z.number().nullable(),
        openedWallMs: z.number(),
        messages: z.number(),
        candidateMs: z.number().nullable(),
        agreeing: z.number(),
      }),
    }),
  ),
});

export interface DeviceState {
  skew: SkewState;
  /** Of its last message; a bed that falls silent keeps it, so that a demo never pages as if it were live. */
  origin: Origin;
}

/**
 * What the gateway has learnt of each device: the skew of its clock and the origin of its data.
 *
 * Kept in memory, saved now and then. Losing the file costs only the estimate, which is learnt again.
 */
export class DeviceStates {
  private readonly states = new Map<string, DeviceState>();

  of(deviceId: string): DeviceState {
    let state = this.states.get(deviceId);
    if (state === undefined) {
      state = { skew: NO_SKEW, origin: 'live' };
      this.states.set(deviceId, state);
    }
    return state;
  }

  /** The origin last seen from a device, or null for one that never spoke. */
  originOf(deviceId: string): Origin | null {
    return this.states.get(deviceId)?.origin ?? null;
  }

  get size(): number {
    return this.states.size;
  }

  async load(file: string): Promise<void> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch {
      return;
    }
    try {
      for (const [deviceId, state] of Object.entries(Saved.parse(JSON.parse(text)).devices)) this.states.set(deviceId, state);
    } catch {
      // A torn or foreign file is the same as none.
    }
  }

  async save(file: string): Promise<void> {
    const saved = { v: 1, devices: Object.fromEntries(this.states) };
    await writeFile(`${file}.tmp`, JSON.stringify(saved), { mode: 0o600 });
    await rename(`${file}.tmp`, file);
  }
}
