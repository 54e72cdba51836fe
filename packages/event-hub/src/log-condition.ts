import { Counter, Gauge, type Registry } from 'prom-client';
import type { Log } from './broker/broker.js';
import type { Hub } from './hub.js';
import { countOf, textOf } from './log/sequence-ranges.js';

/** What a person should know of a log that was just opened. */
export function tellOpened({ name, log: { started, lost } }: Hub, log: Log): void {
  const { tornBytes, rebuilt, repaired } = started;
  if (tornBytes > 0)
    log.warn({ hub: name, tornBytes }, 'a write that a crash interrupted was cut off; it was never acknowledged');
  if (rebuilt.length > 0) {
    log.warn({ hub: name, segments: rebuilt.length, first: rebuilt[0] }, 'index files were missing or damaged and are made anew');
  }
  if (repaired !== null) {
    log.warn(
      { hub: name, segments: repaired.segments, lost: textOf(repaired.lost) },
      'the log was repaired; copies are in quarantine',
    );
  }
  if (lost.length > 0) {
    log.warn({ hub: name, events: countOf(lost), lost: textOf(lost) }, 'events were lost to damage and left out by a repair');
  }
}

/** For readiness: words for `warnings`. */
export function logWarnings(hubs: readonly Hub[]): string[] {
  return [
    ...(hubs.some((hub) => hub.log.damage.length > 0) ? ['log-damaged'] : []),
    ...(hubs.some((hub) => hub.log.lost.length > 0) ? ['log-events-lost'] : []),
  ];
}

/** Figures of what is on disk, as found by readers, repairs and the scrubber; read when somebody asks. */
export function registerLogFigures(registry: Registry, hubs: () => readonly Hub[]): void {
  const gauge = (name: string, help: string, valueOf: (hub: Hub) => number): void => {
    new Gauge({
      ...{ name: `vigil_hub_${name}`, help, labelNames: ['hub'], registers: [registry] },
      collect() {
        for (const hub of hubs()) this.set({ hub: hub.name }, valueOf(hub));
      },
    });
  };
  gauge('segments_damaged', 'Segments that are not as they were written', (hub) => hub.log.damage.length);
  gauge('events_lost', 'Events that a repair left out and retention has not removed yet', (hub) => countOf(hub.log.lost));
  new Counter({
    name: 'vigil_hub_scrubbed_bytes_total',
    help: 'Bytes that were read in the background to see whether they are as they were written',
    labelNames: ['hub'],
    registers: [registry],
    collect() {
      this.reset();
      for (const hub of hubs()) this.inc({ hub: hub.name }, hub.log.scrubbedBytes);
    },
  });
}
