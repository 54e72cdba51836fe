import { execFile } from 'node:child_process';
import type { Cancel, Clock } from '@vigil/clock';

/** Sends one state to the service manager, e.g. by its own program; never throws. */
export type Notify = (state: string) => void;

const TIMEOUT_MS = 10_000;

/**
 * By `systemd-notify`, which belongs to systemd: its socket is a datagram socket, which Node can't open. The unit therefore
 * has `NotifyAccess=all`. A failure shows as a start or a sign of life that systemd misses, and it says so.
 */
export const bySystemdNotify: Notify = (state) => {
  execFile('systemd-notify', [state], { timeout: TIMEOUT_MS }, () => undefined);
};

export interface ServiceManager {
  /** Devices can connect. From now on there is a sign of life, thrice as often as the manager wants one. */
  ready(): void;
  /** A stop has begun. */
  stopping(): void;
}

/**
 * Tells systemd how the process is, where it runs under systemd with `Type=notify`; does nothing elsewhere.
 *
 * A sign of life means that the event loop turns: a process that hangs is ended and started again by `WatchdogSec`. It does
 * not mean that the disk or the log works; a new start would mend neither, and both have metrics.
 */
export function serviceManager(env: NodeJS.ProcessEnv, clock: Clock, notify: Notify = bySystemdNotify): ServiceManager {
  if (env['NOTIFY_SOCKET'] === undefined) return { ready: () => undefined, stopping: () => undefined };
  const watchdogMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1_000;
  let cancel: Cancel = () => undefined;
  return {
    ready() {
      notify('READY=1');
      if (watchdogMs > 0) cancel = clock.every(watchdogMs / 3, () => notify('WATCHDOG=1'));
    },
    stopping() {
      cancel();
      notify('STOPPING=1');
    },
  };
}
