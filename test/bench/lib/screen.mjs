/** A screen as a nurse has it: two socket.io connections that have joined the care unit of the demo. */
import { io } from 'socket.io-client';
import { onEnd } from './cleanup.mjs';

const CARE_UNIT = 'icu';
const ANSWER_WITHIN_MS = 10_000;

/** Wall time with fractions of a millisecond, as the load generator takes it. */
export const preciseMs = () => performance.timeOrigin + performance.now();

async function open(url, token, listeners) {
  const socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true, auth: { token } });
  for (const [name, listen] of Object.entries(listeners)) socket.on(name, listen);
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  const answer = await socket.timeout(ANSWER_WITHIN_MS).emitWithAck('join', { careUnitId: CARE_UNIT });
  if (!answer.ok) throw new Error(`join was refused: ${answer.reason}`);
  return socket;
}

/**
 * @param onDelta takes a `careUnit.delta` and the wall time at which it was here
 * @param onAlarm takes an `alarm.event` and that time
 * @returns closes both connections
 */
export async function openScreen({ app, token, onDelta, onAlarm }) {
  const vitals = await open(`${app}/vitals`, token, { 'careUnit.delta': (message) => onDelta(message, preciseMs()) });
  const alarms = await open(`${app}/alarms`, token, { 'alarm.event': (message) => onAlarm(message, preciseMs()) });
  return onEnd(() => {
    vitals.disconnect();
    alarms.disconnect();
  });
}
