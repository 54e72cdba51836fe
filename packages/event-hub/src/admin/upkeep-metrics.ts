import { Counter, Gauge, type Registry } from 'prom-client';

/** Figures of retention and of the disk. Hub names are declared and few. */
export function upkeepMetrics(registry: Registry) {
  const registers = [registry];
  return {
    retentionSegments: new Counter({
      name: 'vigil_hub_retention_segments_total',
      help: 'Segments that retention deleted, by the limit that asked for it',
      labelNames: ['hub', 'reason'],
      registers,
    }),
    retentionBytes: new Counter({
      name: 'vigil_hub_retention_bytes_total',
      help: 'Bytes of segments that retention deleted',
      labelNames: ['hub'],
      registers,
    }),
    retentionFailures: new Counter({
      name: 'vigil_hub_retention_failures_total',
      help: 'Looks of retention that failed; what was due stays until the next',
      labelNames: ['hub'],
      registers,
    }),
    positionsRemoved: new Counter({
      name: 'vigil_hub_positions_removed_total',
      help: 'Times that a consumer was to go on at events which are deleted; it goes on at the oldest there is',
      labelNames: ['hub', 'group'],
      registers,
    }),
    eventsMissed: new Counter({
      name: 'vigil_hub_events_missed_total',
      help: 'Events that consumers were to get and that were deleted, or lost to damage, before',
      labelNames: ['hub', 'group'],
      registers,
    }),
    diskFreeBytes: new Gauge({ name: 'vigil_hub_disk_free_bytes', help: 'Free bytes of the disk of the log', registers }),
    diskFull: new Gauge({
      name: 'vigil_hub_disk_full',
      help: '1 while no events are accepted because too little of the disk is free',
      registers,
    }),
  };
}
