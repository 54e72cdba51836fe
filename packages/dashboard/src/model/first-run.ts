import type { CareUnit, FleetDevice, OnCallNow, StatusView } from '@vigil/contracts';

export const STEPS = ['careUnit', 'device', 'bed', 'data', 'alarm', 'page'] as const;
export type Step = (typeof STEPS)[number];

/** As the platform says it now; null while that is not known. */
export interface SetUp {
  readonly careUnits: readonly CareUnit[] | null;
  readonly devices: readonly FleetDevice[] | null;
  readonly status: StatusView | null;
  readonly onCall: readonly OnCallNow[] | null;
}

/** Whether each step is done; null: not known, which is neither. */
export function stepsOf({ careUnits, devices, status, onCall }: SetUp): Readonly<Record<Step, boolean | null>> {
  const some = <T>(items: readonly T[] | null, is: (item: T) => boolean): boolean | null =>
    items === null ? null : items.some(is);
  return {
    careUnit: some(careUnits, () => true),
    device: some(devices, () => true),
    bed: some(devices, (device) => device.bed !== null && device.bed !== undefined),
    data: some(devices, ({ state }) => state !== null && state.lastSeenAgeMs !== null),
    alarm: status === null ? null : status.canary.gateways.some(({ lastAtMs }) => lastAtMs !== null),
    page: some(onCall, ({ roles }) => roles.some(({ reachability }) => reachability === 'reachable')),
  };
}

export const isDone = (steps: Readonly<Record<Step, boolean | null>>): boolean => STEPS.every((step) => steps[step] === true);
export const missing = (steps: Readonly<Record<Step, boolean | null>>): number =>
  STEPS.filter((step) => steps[step] === false).length;
