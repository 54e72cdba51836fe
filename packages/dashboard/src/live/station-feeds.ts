import {
  type BedDevice,
  CareUnitTrends,
  ConfigChanged,
  type DeviceId,
  DeviceStatus,
  LimitsOffBoard,
  UnitPresence,
} from '@vigil/contracts';
import type { z } from 'zod';
import type { Channel } from '../model/liveness.js';
import { Signal } from '../model/signal.js';
import { loadDisplay } from './display-api.js';

type On = <T>(name: Channel, event: string, schema: z.ZodType<T>, handle: (message: T) => void) => void;

/** What the live channel tells beside numbers and alarms. Null until it has; an older server never does. */
export class StationFeeds {
  readonly presence = new Signal<UnitPresence | null>(null);
  readonly limitsOff = new Signal<LimitsOffBoard | null>(null);
  readonly trends = new Signal<CareUnitTrends | null>(null);
  readonly devices = new Signal<ReadonlyMap<DeviceId, BedDevice>>(new Map());
  /** What is to be asked for anew; another object with each message. */
  readonly changed = new Signal<ConfigChanged | null>(null);

  listen(careUnitId: string, on: On): void {
    on('alarms', 'presence', UnitPresence, (presence) => {
      if (presence.careUnitId === careUnitId) this.presence.set(presence);
    });
    on('alarms', 'limitsOff.board', LimitsOffBoard, (board) => {
      if (board.careUnitId === careUnitId) this.limitsOff.set(board);
    });
    on('alarms', 'device.status', DeviceStatus, (status) => {
      if (status.careUnitId !== careUnitId) return;
      const known = status.devices.map((device) => [device.deviceId, device] as const);
      this.devices.set(new Map([...this.devices.get(), ...known]));
    });
    on('alarms', 'config.changed', ConfigChanged, (message) => {
      if (message.what === 'display') void loadDisplay();
      this.changed.set({ ...message });
    });
    on('vitals', 'careUnit.trends', CareUnitTrends, (trends) => {
      if (trends.careUnitId === careUnitId) this.trends.set(trends);
    });
  }
}
