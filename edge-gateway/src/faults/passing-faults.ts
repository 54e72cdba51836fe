import type { DeviceFaultCode, DeviceId } from '@vigil/contracts';
import type { Faults } from './faults.js';

/** How long after the last sign of it a fault is taken to be over, in wall seconds. */
export const PASSING_SECONDS = { wrongTopic: 300, sessionConflict: 120, flooding: 60 } as const;
type Passing = keyof typeof PASSING_SECONDS & DeviceFaultCode;

/**
 * Faults of which only the signs are seen, never the end: each sign keeps the fault standing for some time.
 *
 * Bounded by devices that have connected.
 */
export class PassingFaults {
  private readonly until = new Map<string, { deviceId: DeviceId; fault: Passing; second: number }>();

  constructor(private readonly faults: Faults) {}

  sign(deviceId: DeviceId, fault: Passing, second: number): void {
    this.until.set(`${deviceId} ${fault}`, { deviceId, fault, second: second + PASSING_SECONDS[fault] });
    this.faults.device(deviceId, fault, true);
  }

  endSecond(second: number): void {
    for (const [key, entry] of this.until) {
      if (second < entry.second) continue;
      this.until.delete(key);
      this.faults.device(entry.deviceId, entry.fault, false);
    }
  }
}
