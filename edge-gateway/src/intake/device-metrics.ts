import type { Clock } from '@vigil/clock';
import { Gauge, type Registry } from 'prom-client';
import type { DeviceState, DeviceStates } from './device-states.js';
import type { Numbering } from './numbering.js';
import { estimate } from './skew.js';

/** Rows beyond this are left out, so that no registry makes a scrape endless. */
const DEVICES_MAX = 2_000;

type Read = (state: DeviceState, deviceId: string) => number | null;

/**
 * What is counted for each device, read when somebody asks. The label is the site's own device id, bounded by the registry;
 * serial numbers and UDIs are never labels.
 */
export function registerDeviceMetrics(registry: Registry, states: DeviceStates, numbering: Numbering, clock: Clock): void {
  const add = (name: string, help: string, read: Read): void => {
    const whole = `vigil_gateway_device_${name}`;
    registry.removeSingleMetric(whole);
    const gauge = new Gauge({
      ...{ name: whole, help, labelNames: ['device'], registers: [registry] },
      collect() {
        gauge.reset();
        let rows = 0;
        for (const [device, state] of states.entries()) {
          const value = read(state, device);
          if (value !== null && rows++ < DEVICES_MAX) gauge.set({ device }, value);
        }
      },
    });
  };
  add('connected', '1 while the device is connected.', (s) => (s.connected ? 1 : 0));
  add('last_seen_seconds', 'Event time since its last message.', (s) =>
    s.lastSeenMs === null ? null : Math.max(0, clock.nowMs() - s.lastSeenMs) / 1_000,
  );
  add('skew_seconds', 'How far its clock is behind, as estimated.', (s) => {
    const skewMs = estimate(s.skew);
    return skewMs === null ? null : skewMs / 1_000;
  });
  add('clock_suspect', '1 while its clock is out by more than the limit.', (s) => (s.clockSuspect.active ? 1 : 0));
  add('accepted', 'Messages stored since the start of the gateway.', (s) => s.accepted);
  add('rejected', 'Messages and readings refused since then.', (s) => s.rejected);
  add('missing', 'Numbers that are missing and may still come.', (_, id) => numbering.waiting(id));
  add('unfollowed', 'Boots whose numbering makes no sense, so that gaps in it go unseen.', (_, id) => numbering.unfollowed(id));
  add('duplicates', 'Messages that were stored already, since then.', (s) => s.duplicates);
}
