import type { DeviceUse } from '@vigil/contracts';

const NEXT: Readonly<Record<DeviceUse, readonly DeviceUse[]>> = {
  'in-use': ['quarantined', 'retired'],
  quarantined: ['in-use', 'retired'],
  // Somebody found it again: it needs a new certificate, because those it had were revoked.
  retired: ['in-use'],
};

/** Whether a device in use `from` may be put `to`. The same again is a mistake: somebody else was faster. */
export function mayBecome(from: DeviceUse, to: DeviceUse): boolean {
  return NEXT[from].includes(to);
}
