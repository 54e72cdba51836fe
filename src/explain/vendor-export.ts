import type { AlarmPath, DeviceFacts, GapPath, PathHop, VendorExport } from '@vigil/contracts';

type Path = VendorExport['paths'][number];

const OFF_MS_MAX = 86_400_000;
const NEAR_MS = 400 * 86_400_000;

/** What each device said of itself, by its id. */
export type FactsOf = (deviceId: string) => DeviceFacts;

/**
 * The paths of readings for the maker of a device. Built field by field from what may go out, so that a field that comes later
 * goes out only when somebody adds it here. Devices and boots get names of this export; times count from the first of all that no
 * device told: a clock that stands at its maker's first day, held against the hub's, would give the day away, so a device is told to
 * be a day off at most. Numbers that a device takes from its clock count from the first of them.
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
  const times = paths.flatMap(timesOf);
  const first = Math.min(...times.flatMap(({ atMs, isDevice }) => (isDevice ? [] : atMs)));
  const last = Math.max(...times.flatMap(({ atMs, isDevice }) => (isDevice ? [] : atMs)));
  const fromSeq = firstSeq(paths, first);
  const numbered = (seq: number | null): number | null => (seq === null ? null : seq - fromSeq);
  const relative = (ms: number | null): number | null => (ms === null || !Number.isFinite(first) ? null : ms - first);
  const name = (kind: 'device' | 'boot', id: string | null): string | null => {
    if (id === null) return null;
    const known = names[kind].get(id) ?? `${kind}-${names[kind].size + 1}`;
    names[kind].set(id, known);
    return known;
  };
  const hopsOf = (hops: readonly PathHop[]): Path['hops'] =>
    hops.map(({ place, atMs, state }) => {
      const told = place === 'device' && atMs !== null ? Math.min(Math.max(atMs, first - OFF_MS_MAX), last + OFF_MS_MAX) : atMs;
      return { place, atMs: relative(told), state };
    });
  const told = paths.map((path): Path => {
    const isGap = 'gapId' in path;
    return {
      device: name('device', isGap ? path.deviceId : (path.trigger?.deviceId ?? null)),
      boot: name('boot', isGap ? null : (path.trigger?.bootId ?? null)),
      fromSeq: numbered(isGap ? path.fromSeq : (path.trigger?.seq ?? null)),
      toSeq: numbered(isGap ? path.toSeq : (path.trigger?.seq ?? null)),
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

interface Told {
  readonly atMs: number;
  /** By the clock of a device, which may stand anywhere. */
  readonly isDevice: boolean;
}

function timesOf(path: AlarmPath | GapPath): readonly Told[] {
  const isGap = 'gapId' in path;
  const hops = path.hops.flatMap(({ place, atMs }) => (atMs === null ? [] : [{ atMs, isDevice: !isGap && place === 'device' }]));
  return isGap ? [{ atMs: path.fromMs, isDevice: false }, ...hops] : hops;
}

/** 0 where a device counts; its first number where it numbers by its clock, in ms or s, and a number would be a time. */
function firstSeq(paths: readonly AlarmPath[] | readonly GapPath[], aroundMs: number): number {
  const seqs = paths.flatMap((path) => ('gapId' in path ? [path.fromSeq, path.toSeq] : [path.trigger?.seq ?? null]));
  const known = seqs.flatMap((seq) => seq ?? []);
  const isTime = known.some((seq) => [seq, seq * 1_000].some((ms) => Math.abs(ms - aroundMs) < NEAR_MS));
  return isTime ? Math.min(...known) : 0;
}
