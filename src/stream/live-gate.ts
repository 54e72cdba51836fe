import type { BedId, DeviceId, LogEvent } from '@vigil/contracts';
import type { ShownReading } from '../ports/live-sink.js';
import type { AttributionIndex } from './attribution-index.js';

/**
 * What of an event screens may show by where its device was at its time; null: nothing. Before assignments were read once that is
 * nothing of any device: an empty tile says less than one with the values of somebody else.
 */
export function liveGate(index: AttributionIndex): (event: LogEvent) => LogEvent | null {
  return (event) => {
    if (event.kind !== 'deviceMessage') return event;
    const { bedId, deviceId, atMs, readings } = event;
    const span = index.spanAt(deviceId, atMs);
    // At no bed it is on no tile: who is about to put it to one compares it with what it shows.
    if (span === null) return bedId === null ? event : null;
    if (span.bedId !== bedId) return null;
    const brings = ({ metric }: (typeof readings)[number]): boolean => index.brings(metric, deviceId, span, atMs);
    if (readings.every(brings)) return event;
    return { ...event, readings: readings.filter(brings) };
  };
}

/** The same of a value that is shown already. */
export function isOfBed(index: AttributionIndex): (bedId: BedId, reading: ShownReading) => boolean {
  return (bedId, { metric, atMs, ...reading }) => {
    const deviceId = reading.deviceId as DeviceId;
    const span = index.spanAt(deviceId, atMs);
    return span !== null && span.bedId === bedId && index.brings(metric, deviceId, span, atMs);
  };
}
