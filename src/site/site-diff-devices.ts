import type { SiteFile, SiteRefusal } from '@vigil/contracts';
import { canonical } from '@vigil/domain';
import type { SiteNow } from '../ports/site-store.js';
import { changed, type DiffLine, line } from './diff-line.js';

/**
 * Kinds of devices, then devices. How often a device sends is never changed while it stands at a bed: what "no data" means there
 * would be another thing from one second to the next, and nobody at the bed would know.
 */
export function deviceLines(now: SiteNow, file: SiteFile): readonly DiffLine[] {
  return [...profileLines(now, file), ...registryLines(now, file)];
}

/** A profile that the file lacks stays: devices may have it. */
function profileLines(now: SiteNow, { profiles }: SiteFile): readonly DiffLine[] {
  const known = new Map(now.profiles.map(({ name, intervalsMs }) => [name, canonical(intervalsMs)]));
  const atBeds = new Set(now.devices.flatMap(({ profile, inUse }) => (inUse && profile !== null ? [profile] : [])));
  return Object.entries(profiles ?? {}).flatMap(([name, { intervalsMs }]): DiffLine[] => {
    const was = known.get(name) ?? null;
    const changes = changed({ intervalsMs: [was, canonical(intervalsMs)] });
    if (changes.length === 0) return [];
    const refused = was !== null && atBeds.has(name) ? 'in-use' : null;
    return [
      line({ part: 'profile', id: name, do: was === null ? 'add' : 'change', changes }, refused, {
        do: 'setProfile',
        name,
        intervalsMs,
      }),
    ];
  });
}

function registryLines(now: SiteNow, { devices, profiles }: SiteFile): readonly DiffLine[] {
  if (devices === undefined) return [];
  const gateways = new Set<string>(now.gatewayIds);
  const names = new Set([...now.profiles.map(({ name }) => name), ...Object.keys(profiles ?? {})]);
  const known = new Map(now.devices.map((device) => [device.deviceId, device]));
  const refusal = ({ gatewayId, profile }: { readonly gatewayId: string; readonly profile: string }): SiteRefusal | null => {
    if (!gateways.has(gatewayId)) return 'unknown-gateway';
    return names.has(profile) ? null : 'unknown-profile';
  };
  const wanted = devices.flatMap(({ recording: _recording, ...device }): DiffLine[] => {
    const { deviceId, gatewayId, profile } = device;
    const was = known.get(deviceId);
    const named = { part: 'device', id: deviceId } as const;
    if (was === undefined || was.retired) {
      const changes = changed({ gatewayId: [null, gatewayId], profile: [null, profile] });
      const refused = was === undefined ? refusal(device) : 'was-retired';
      return [line({ ...named, do: 'add', changes }, refused, { do: 'addDevice', device })];
    }
    const changes = changed({ gatewayId: [was.gatewayId, gatewayId], profile: [was.profile, profile] });
    if (changes.length === 0) return [];
    const refused = was.inUse ? 'in-use' : refusal(device);
    return [line({ ...named, do: 'change', changes }, refused, { do: 'changeDevice', deviceId, gatewayId, profile })];
  });
  const kept = new Set(devices.map(({ deviceId }) => deviceId));
  // One without a profile can be in no file, and so is not missing in one.
  const gone = now.devices.filter(({ deviceId, retired, profile }) => !retired && profile !== null && !kept.has(deviceId));
  const retired = gone.map(({ deviceId, inUse }) =>
    line({ part: 'device', id: deviceId, do: 'retire' }, inUse ? 'in-use' : null, { do: 'retireDevice', deviceId }),
  );
  return [...wanted, ...retired];
}
