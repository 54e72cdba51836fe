import type { Station } from '../../live/station.js';
import { SparkStore } from '../../model/spark-store.js';

const stores = new WeakMap<Station, SparkStore>();

/** The small curves of a station, followed from the first time that a screen asks for them until the station is left. */
export function sparksOf(station: Station): SparkStore {
  const known = stores.get(station);
  if (known) return known;
  const store = new SparkStore();
  stores.set(station, store);
  const begin = (): void => {
    const [trends, unit] = [station.feeds.trends.get(), station.readings()];
    if (trends && unit) store.begin(trends, unit);
  };
  begin();
  station.feeds.trends.subscribe(begin);
  station.painter.add((now) => {
    const unit = now && station.readings();
    if (unit) store.follow(unit);
  });
  return store;
}
