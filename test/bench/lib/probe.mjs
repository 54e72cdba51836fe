/**
 * A device whose temperature goes up and down, so that an alarm begins or ends with every message, and whose heart rate is another
 * with each of forty.
 */
import { randomUUID } from 'node:crypto';
import mqtt from 'mqtt';
import { onEnd } from './cleanup.mjs';
import { preciseMs } from './screen.mjs';

/** The limit of the default rules is 39 Cel, without delay and of low priority: an alarm at once, and no page. */
const FEVER = 40;
const NORMAL = 37;
const RATES = 40;

const inTurn = (seq) => (seq % 2 === 0 ? NORMAL : FEVER);

/**
 * Publishes `perSecond` messages a second with the real MQTT client.
 *
 * @param options.temperatureOf temperature in Cel of the message with that number; left out, 37 and 40 in turn
 * @returns {Promise<{publishedMs: ReadonlyMap<number, number>, heartRates: ReadonlyMap<number, number>, stop: () => Promise<void>}>}
 *   wall time of publication, and heart rate in /min, by `atMs`
 */
export async function startProbe({ mqttUrl, device: { deviceId, token }, perSecond, temperatureOf = inTurn }) {
  const client = await mqtt.connectAsync(mqttUrl, { clientId: deviceId, username: deviceId, password: token });
  const bootId = randomUUID();
  const publishedMs = new Map();
  const heartRates = new Map();
  let seq = 0;
  const publish = () => {
    const atMs = Date.now();
    const reading = (metric, value, unit) => ({ metric, value, unit, quality: 'valid' });
    const temperature = reading('temperature', temperatureOf(seq), 'Cel');
    const heartRate = 60 + (seq % RATES);
    const message = {
      bootId,
      seq: seq++,
      atMs,
      origin: 'simulated',
      observations: [reading('heartRate', heartRate, '/min'), temperature],
    };
    publishedMs.set(atMs, preciseMs());
    heartRates.set(atMs, heartRate);
    client.publish(`vigil/v1/${deviceId}/observations`, JSON.stringify(message), { qos: 1 });
  };
  const timer = setInterval(publish, 1000 / perSecond);
  const stop = onEnd(async () => {
    clearInterval(timer);
    await client.endAsync();
  });
  return { publishedMs, heartRates, stop };
}
