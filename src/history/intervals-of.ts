import type { DeviceId } from '@vigil/contracts';
import type { SiteStore } from '../ports/site-store.js';
import type { IntervalsOf } from './data-quality.js';

/** What is expected of each device by its profile of now: what it was set to then is not kept. @throws PlatformError('store-unavailable') */
export async function intervalsOf(site: Pick<SiteStore, 'now'>): Promise<IntervalsOf> {
  const { profiles, devices } = await site.now();
  const byName = new Map(profiles.map(({ name, intervalsMs }) => [name, intervalsMs]));
  return new Map(
    devices.flatMap(({ deviceId, profile }): (readonly [DeviceId, Readonly<Record<string, number>>])[] => {
      const intervals = profile === null ? undefined : byName.get(profile);
      return intervals === undefined ? [] : [[deviceId, intervals]];
    }),
  );
}
