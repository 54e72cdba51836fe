import type { AlarmPath, DeviceFacts, GapPath, PathHop, VendorExport } from '@vigil/contracts';

type Path = VendorExport['paths'][number];

/** What each device said of itself, by its id. */
export type FactsOf = (deviceId: string) => DeviceFacts;

/**
 * The paths of readings for the maker of a device. Built field by field from what may go out, so that a field that comes later
 * goes out only when somebody adds it here. Devices and boots get names of this export; times count from the first of all.
 */
export function vendorExport(
  {
    what,
    paths,
  }:
    | { readonly what: 'alarm'; readonly paths: readonly AlarmPath[] }
    | { readonly what: 'gaps'; readonly paths: readonly GapPath[] },
  factsOf: FactsOf,
): VendorExport {
  const names = { device: new Map<string, string>(), boot: new Map<string, string>() };
  const first = Math.min(...paths.flatMap(timesOf));
  const relative = (ms: number | null): number | null => (ms === null || !Number.isFinite(first) ? null : ms - first);
  const name = (kind: 'device' | 'boot', id: string | null): string | null => {
    if (id === null) return null;
    const known = names[kind].get(id) ?? `${kind}-${names[kind].size + 1}`;
    names[kind].set(id, known);
    return known;
  };
  const hopsOf = (hops: readonly PathHop[]): Path['hops'] =>
    hops.map(({ place, atMs, state }) => ({ place, atMs: relative(atMs), state }));
  const told = paths.map((path): Path => {
    const isGap = 'gapId' in path;
    return {
      device: name('device', isGap ? path.deviceId : (path.trigger?.deviceId ?? null)),
      boot: name('boot', isGap ? null : (path.trigger?.bootId ?? null)),
      fromSeq: isGap ? path.fromSeq : (path.trigger?.seq ?? null),
      toSeq: isGap ? path.toSeq : (path.trigger?.seq ?? null),
      count: isGap ? path.count : path.trigger === null ? 0 : 1,
      reason: isGap ? path.reason : null,
      fromMs: isGap ? relative(path.fromMs) : null,
      toMs: isGap ? relative(path.toMs) : null,
      hops: hopsOf(path.hops),
      firstBroken: path.firstBroken,
    };
  });
  const devices = [...names.device].map(([id, device]) => {
    const { manufacturer = null, model = null, firmware = null } = factsOf(id);
    return { device, manufacturer, model, firmware };
  });
  return { v: 1, what, devices, paths: told };
}

function timesOf(path: AlarmPath | GapPath): readonly number[] {
  const own = 'gapId' in path ? [path.fromMs] : [];
  return [...own, ...path.hops.flatMap(({ atMs }) => atMs ?? [])];
}
