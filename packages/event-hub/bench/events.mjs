/** The events of the benches: JSON bodies of a given length, as a gateway's readings have them. */
const HEAD = {
  v: 1,
  bedId: 'icu-17',
  deviceId: 'sim-icu-17',
  seq: 1_234_567,
  atMs: 1_790_000_000_000,
  metric: 'heartRate',
  value: 72,
  unit: '/min',
};

const bodies = new Map();

/** An event whose body is `bytes` of JSON; the same body each time, as nothing looks into it. */
export function eventOf(bytes) {
  let body = bodies.get(bytes);
  if (body === undefined) {
    const padding = bytes - JSON.stringify({ ...HEAD, pad: '' }).length;
    if (padding < 0) throw new Error(`a body takes at least ${bytes - padding} bytes`);
    body = { ...HEAD, pad: 'x'.repeat(padding) };
    bodies.set(bytes, body);
  }
  return { body };
}
